// Package chart is the reference data that every simulated business is born
// with: tax rates, ledger accounts, bank accounts, currencies, countries and
// Sage's fixed lists.
//
// Ids never change between runs, so a binding may name them. Sage's own lists
// have readable ids (GB_STANDARD, GBP); everything that a real business would
// have made for itself has 32 hex digits derived from its name, which
// `sagesim --print-reference` lists.
//
//	tax rates     20 5 0 exempt none, and 19 21 22 23 … for sales abroad
//	ledger        4000 sales, 4905 carriage, 4009 discounts, 1100 debtors …
//	banks         current account, EUR and USD accounts, PayPal, cards
package chart

import (
	"crypto/sha256"
	"encoding/hex"
)

// ID is the stable id of the thing with this name: 32 lower-case hex digits.
func ID(kind, name string) string {
	sum := sha256.Sum256([]byte("sagesim/" + kind + "/" + name))
	return hex.EncodeToString(sum[:16])
}

// A Named thing is an entry of one of Sage's fixed lists.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"displayed_as"`
}

// PaymentMethods are the ways to pay that Sage offers.
var PaymentMethods = []Named{
	{"CASH", "Cash"}, {"CHEQUE", "Cheque"}, {"CREDIT_DEBIT", "Credit/Debit"},
	{"ELECTRONIC", "Electronic"}, {"BANK_RECEIPT", "Bank Receipt"}, {"NOT_SPECIFIED", "Not specified"},
}

// Statuses are the states of documents.
var Statuses = []Named{
	{"UNPAID", "Unpaid"}, {"PART_PAID", "Part Paid"}, {"PAID", "Paid"}, {"VOID", "Void"},
	{"DRAFT", "Draft"}, {"PRO_FORMA", "Pro Forma"}, {"DISPUTED", "Disputed"}, {"DECLINED", "Declined"},
}

// TransactionTypes are the kinds of postings.
var TransactionTypes = []Named{
	{"SALES_INVOICE", "Sales Invoice"}, {"SALES_CREDIT_NOTE", "Sales Credit Note"},
	{"CUSTOMER_RECEIPT", "Customer Receipt"}, {"CUSTOMER_REFUND", "Customer Refund"},
	{"CUSTOMER_ALLOCATION", "Customer Allocation"}, {"VENDOR_PAYMENT", "Vendor Payment"},
	{"VENDOR_REFUND", "Vendor Refund"}, {"VENDOR_ALLOCATION", "Vendor Allocation"},
	{"PURCHASE_INVOICE", "Purchase Invoice"}, {"PURCHASE_CREDIT_NOTE", "Purchase Credit Note"},
	{"OTHER_PAYMENT", "Other Payment"}, {"OTHER_RECEIPT", "Other Receipt"}, {"CORRECTION", "Correction"},
}

// ContactTypes are the kinds of contacts.
var ContactTypes = []Named{{"CUSTOMER", "Customer"}, {"VENDOR", "Vendor"}}

// AddressTypes are the kinds of addresses and of contact persons.
var AddressTypes = []Named{{"ACCOUNTS", "Accounts"}, {"SALES", "Sales"}, {"DELIVERY", "Delivery"}, {"PURCHASING", "Purchasing"}}

// GoodsTypes are the EU goods and services types of a line.
var GoodsTypes = []Named{{"GOODS", "Goods"}, {"SERVICES", "Services"}}

// Find returns the entry with this id.
func Find(list []Named, id string) (Named, bool) {
	for _, n := range list {
		if n.ID == id {
			return n, true
		}
	}
	return Named{}, false
}

// ItemTypes are the kinds of things for sale.
var ItemTypes = []Named{{"PRODUCT", "Non-stock"}, {"STOCK_ITEM", "Stock"}, {"SERVICE", "Service"}}

// PriceTypes are the prices that products have before anybody names others.
var PriceTypes = []Named{
	{ID("price_type", "Sales Price"), "Sales Price"}, {ID("price_type", "Trade"), "Trade"}, {ID("price_type", "Wholesale"), "Wholesale"},
}

// RateTypes are the rates that services have.
var RateTypes = []Named{{ID("rate_type", "Rate"), "Rate"}, {ID("rate_type", "Trade"), "Trade"}, {ID("rate_type", "Wholesale"), "Wholesale"}}
