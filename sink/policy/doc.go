// Package policy says how one shop's documents are posted into one set of books. A
// policy is data: it is imported, versioned and exported with its binding.
//
//	Scope      which documents, and since when
//	Accounts   ledger accounts of lines, shipping, adjustments and discounts
//	Tax        Sage's tax rate for each percentage that Magento charges
//	Payments   the bank account of each payment method
//	Contacts   names and references of contacts
//	B2C        the contact of buyers without an e-mail address
//	Totals     what happens to a penny that the parts lack
//	Dates, Products   knobs that this version refuses
//
// Each group has its fields, its defaults, its check, and the list of ids that it takes
// from Sage. The file is flat: people who write it
// need not know the groups. The package decides nothing about a document and reads no file.
package policy
