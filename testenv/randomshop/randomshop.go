// Package randomshop draws the history of a small shop as Magento would write it: changes of
// rows in its tables, put together in the transactions that it commits.
//
//	Draw ─► History: reference rows, and per order its transactions, one after the other
//	DrawMasters ─► the same of products, stock, customers, companies and estimates, and what
//	               Magento shows of each at the end
//	Merge ─► the transactions of all roots in one order in which a log may have them
//
// The arithmetic is Magento's own: a unit's price in two currencies, tax by unit, by row or by
// total, prices with or without tax, discounts before or after tax with their compensation,
// fixed product taxes, shipping with its own discount, and Adobe Commerce's columns. Invoices
// and credit memos take parts of what was ordered, and the last one takes what is left.
//
// Nothing of the product imports it, and it does not know how entities are made of rows.
package randomshop

import (
	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// A Change is one change of a row. Columns are all that are captured of it as the log has them,
// amounts as text with four places, and nil where the row was deleted.
type Change struct {
	Table    string
	Root     change.Root
	PK       string // JSON: {"entity_id":7}
	Columns  map[string]any
	Inserted bool
}

// A Transaction is what is committed at once.
type Transaction []Change

// A History is what became of a shop. The transactions of one root, such as an order, follow
// each other; those of different roots may come in any order.
type History struct {
	Reference Transaction
	Orders    [][]Transaction
	Masters   []Master
}

// A Master is what became of a product, the stock of a SKU, a customer, a company or an
// estimate.
type Master struct {
	Root         change.Root
	Transactions []Transaction
	// Shows is what Magento shows of it at the end: "name in 1": "Krug". Nothing is said of what
	// was deleted.
	Shows map[string]string
}

// Draw draws a shop of so many orders, each placed under settings of its own.
func Draw(t *rapid.T, least, most int) History {
	h := History{Reference: reference()}
	n := &numbers{}
	for range rapid.IntRange(least, most).Draw(t, "orders") {
		h.Orders = append(h.Orders, drawOrder(t, n))
	}
	return h
}

// DrawMasters draws a shop of so many products, SKUs, customers, companies and estimates of
// each kind.
func DrawMasters(t *rapid.T, least, most int) History {
	h := History{Reference: append(reference(), catalogReference()...)}
	n := &numbers{}
	for range rapid.IntRange(least, most).Draw(t, "of each") {
		id := next(&n.masters)
		h.Masters = append(h.Masters, drawProduct(t, n, id), drawStock(t, n, id), drawCustomer(t, n, id), drawCompany(t, id), drawEstimate(t, n, id))
	}
	return h
}

// Merge draws one order of all transactions of a history.
func Merge(t *rapid.T, h History) (all []Transaction) {
	rest := append([][]Transaction{}, h.Orders...)
	for _, m := range h.Masters {
		if len(m.Transactions) > 0 {
			rest = append(rest, m.Transactions)
		}
	}
	for len(rest) > 0 {
		i := rapid.IntRange(0, len(rest)-1).Draw(t, "next root")
		all = append(all, rest[i][0])
		if rest[i] = rest[i][1:]; len(rest[i]) == 0 {
			rest = append(rest[:i], rest[i+1:]...)
		}
	}
	return all
}

// numbers count up the ids that are unique in the shop.
type numbers struct{ orders, items, invoices, memos, masters, others uint64 }

func next(n *uint64) uint64 { *n++; return *n }

// reference are two websites, in London and in Paris, and two groups of customers.
func reference() Transaction {
	s := newSheet("")
	for id, code := range map[int]string{1: "base", 2: "eu"} {
		s.insert("store_website", columns{"website_id": id, "code": code, "name": code})
		s.insert("store", columns{"store_id": id, "code": code, "website_id": id, "group_id": id, "name": code, "is_active": 1})
	}
	for id, code := range map[int]string{0: "NOT LOGGED IN", 1: "General"} {
		s.insert("customer_group", columns{"customer_group_id": id, "customer_group_code": code})
	}
	s.insert("core_config_data", columns{"config_id": 1, "scope": "default", "scope_id": 0, "path": "general/locale/timezone", "value": "Europe/London"})
	s.insert("core_config_data", columns{"config_id": 2, "scope": "websites", "scope_id": 2, "path": "general/locale/timezone", "value": "Europe/Paris"})
	return s.open
}
