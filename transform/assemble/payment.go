package assemble

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// paymentKind is a payment's row in the table of kinds.
var paymentKind = kindRules{
	kind:     canonical.KindPayment,
	goneWith: []string{"sales_order_payment", "sales_order"},
	deletion: func(id canonical.ID, root change.Root) canonical.Entity {
		e := &canonical.Payment{MagentoID: id.Number(), Transactions: []canonical.Transaction{}, Captures: []canonical.Capture{}, Refunds: []canonical.Refund{}}
		e.MagentoEntityID, e.Deleted = id.Number(), true
		e.OrderID, _ = root.Number()
		return e
	},
	state: of(func(e *canonical.Payment) string { return progressOf(e).String() }),
	event: func(before Previous, state string) string {
		then, now := readProgress(before.State), readProgress(state)
		switch {
		case !before.emitted():
			return "created"
		case now.refunds > then.refunds:
			return "refunded"
		case now.captures > then.captures:
			return "captured"
		case now.voids > then.voids:
			return "voided"
		}
		return "updated"
	},
	foots: of(func(*canonical.Payment) bool { return true }),
	lacks: of(func(e *canonical.Payment) bool { return lacksStore(e.StoreID, e.Store) }),
}

// offlineMethods are Magento's own that know no gateway.
var offlineMethods = []string{"checkmo", "banktransfer", "cashondelivery", "purchaseorder", "free"}

// newPayment assembles the payment of an order, of which both rows are there.
func newPayment(o *orderRows, ref Reference) *canonical.Payment {
	row := o.payment
	e := &canonical.Payment{
		MagentoID: row.EntityID, OrderID: o.Row.EntityID, OrderIncrementID: o.Row.IncrementID, Method: row.Method, PONumber: row.PONumber,
		Offline: slices.Contains(offlineMethods, row.Method) || len(o.transactions) == 0, Currency: cmp.Or(o.Row.OrderCurrency, canonical.NoCurrency),
		AmountOrdered: row.AmountOrdered, AmountPaid: row.AmountPaid, AmountRefunded: row.AmountRefunded,
		Transactions: []canonical.Transaction{}, Captures: []canonical.Capture{}, Refunds: []canonical.Refund{},
	}
	e.MagentoEntityID, e.StoreID = row.EntityID, o.Row.StoreID
	if e.StoreID != nil {
		e.Store = ref.Store(*e.StoreID)
	}
	if e.Store != nil {
		e.WebsiteID = &e.Store.WebsiteID
	}
	for _, t := range o.transactions {
		e.Transactions = append(e.Transactions, canonical.Transaction{
			ID: t.TransactionID, TxnID: t.TxnID, ParentTxnID: t.ParentTxnID, Type: t.TxnType, Closed: t.IsClosed != 0, CreatedAt: utc(t.CreatedAt),
		})
	}
	for _, i := range o.invoices {
		if i.State == magento.InvoicePaid {
			e.Captures = append(e.Captures, newCapture(e, i, o.capturedBy(i)))
		}
	}
	for _, c := range o.creditMemos {
		if c.State == magento.CreditMemoRefunded {
			e.Refunds = append(e.Refunds, newRefund(e, c, o.refundedBy(c)))
		}
	}
	return e
}

func newCapture(e *canonical.Payment, i *magento.Invoice, m moneyMoved) canonical.Capture {
	return canonical.Capture{
		MagentoID: i.EntityID, InvoiceID: i.EntityID, InvoiceIncrementID: i.IncrementID, Method: e.Method, Currency: e.Currency, Amount: i.GrandTotal,
		CapturedAt: m.at, CapturedAtSource: m.source, GatewayTxnID: m.txnID,
	}
}

func newRefund(e *canonical.Payment, c *magento.CreditMemo, m moneyMoved) canonical.Refund {
	return canonical.Refund{
		MagentoID: c.EntityID, CreditMemoID: c.EntityID, CreditMemoIncrementID: c.IncrementID, Currency: e.Currency, Amount: c.GrandTotal,
		RefundedAt: m.at, GatewayTxnID: m.txnID,
	}
}

// progress is how far a payment has come. Its text is the payment's state: there may be several
// captures, each of which is an event.
type progress struct{ captures, refunds, voids int }

func progressOf(e *canonical.Payment) progress {
	p := progress{captures: len(e.Captures), refunds: len(e.Refunds)}
	for _, t := range e.Transactions {
		if t.Type == magento.TxnVoid {
			p.voids++
		}
	}
	return p
}

const progressFormat = "captures:%d refunds:%d voids:%d"

func (p progress) String() string { return fmt.Sprintf(progressFormat, p.captures, p.refunds, p.voids) }

// readProgress reads a state. Of one that is none nothing has happened.
func readProgress(state string) (p progress) {
	if n, _ := fmt.Sscanf(state, progressFormat, &p.captures, &p.refunds, &p.voids); n != 3 {
		return progress{}
	}
	return p
}
