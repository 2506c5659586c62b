// Package binding ties one shop to one business of Sage: it imports and exports the
// binding with its policy, gets a person's consent, keeps the tokens, changes the key
// that seals them, and ends the access to Sage, or to the wrong
// business.
//
//	File ──Import──► binding + policy ──Connect──► business, base currency, tokens
//	      ◄─Export──
//
// What it promises: a binding that is imported is valid and would not post what another
// one posts into the same business; Connect refuses a policy that names ids which the
// business does not have (a later import is not held against Sage); tokens are sealed before they are kept, and of all processes one at a
// time refreshes them.
//
// Connect reads Sage's lists of businesses, tax rates and accounts. The package neither
// plans nor posts.
package binding
