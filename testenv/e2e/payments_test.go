package e2e

import (
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// paymentsAgree waits until each payment of the shop is known as Magento's tables have it: what
// was paid and refunded, a capture for each paid invoice, at the time of its transaction where
// there is one, and a refund for each refunded credit memo.
func (w *world) paymentsAgree(patience time.Duration) {
	w.t.Helper()
	differs := ""
	if !w.eventually(patience, func() bool {
		differs = w.paymentsDiffer()
		return differs == ""
	}) {
		w.t.Fatalf("after %s %s", patience, differs)
	}
}

// payments are the newest of every payment, by its number in Magento.
func (w *world) payments() map[uint64]*canonical.Payment {
	w.t.Helper()
	all := map[uint64]*canonical.Payment{}
	w.eachEmission(canonical.KindPayment, func(r topic.Record) {
		e, err := canonical.Decode(canonical.KindPayment, r.Value)
		w.must(err)
		p := e.(*canonical.Payment)
		if all[p.MagentoID] = p; p.Deleted {
			delete(all, p.MagentoID)
		}
	})
	return all
}

// captured is what of a payment's lists is held against Magento's tables.
type captured struct{ transactions, captures, dated, refunds int }

func capturedOf(p *canonical.Payment) captured {
	c := captured{transactions: len(p.Transactions), captures: len(p.Captures), refunds: len(p.Refunds)}
	for _, of := range p.Captures {
		if of.CapturedAtSource == canonical.FromTransaction {
			c.dated++
		}
	}
	return c
}

// paymentsDiffer says what is not as Magento's tables have it; "" where all is.
func (w *world) paymentsDiffer() string {
	w.t.Helper()
	payments := w.payments()
	table := func(name string) string { return w.pipe.Table + name }
	rows, err := w.db.QueryContext(w.t.Context(), `SELECT p.entity_id, COALESCE(p.amount_paid, 0), COALESCE(p.amount_refunded, 0),
		(SELECT COUNT(*) FROM `+table("sales_payment_transaction")+` t WHERE t.payment_id = p.entity_id),
		(SELECT COUNT(*) FROM `+table("sales_invoice")+` i WHERE i.order_id = p.parent_id AND i.state = 2),
		(SELECT COUNT(*) FROM `+table("sales_invoice")+` i JOIN `+table("sales_payment_transaction")+` t ON t.payment_id = p.entity_id AND t.txn_id = i.transaction_id
			AND t.txn_type = 'capture' WHERE i.order_id = p.parent_id AND i.state = 2),
		(SELECT COUNT(*) FROM `+table("sales_creditmemo")+` c WHERE c.order_id = p.parent_id AND c.state = 2)
		FROM `+table("sales_order_payment")+" p")
	w.must(err)
	defer rows.Close()
	n, all := 0, captured{}
	for ; rows.Next(); n++ {
		var id uint64
		var paid, refunded string
		var want captured
		w.must(rows.Scan(&id, &paid, &refunded, &want.transactions, &want.captures, &want.dated, &want.refunds))
		p := payments[id]
		switch {
		case p == nil:
			return "a payment is missing"
		case !p.AmountPaid.Equal(money.MustParse(paid)) || !p.AmountRefunded.Equal(money.MustParse(refunded)):
			return "a payment has not the amounts that Magento has"
		case capturedOf(p) != want:
			return "a payment has not the captures and refunds that Magento has"
		}
		all.dated, all.refunds = all.dated+want.dated, all.refunds+want.refunds
	}
	w.must(rows.Err())
	switch {
	case n != len(payments):
		return "there are more payments than in Magento"
	case all.dated == 0 || all.refunds == 0:
		return "the shop has no capture with a transaction, or no refund: this shows nothing"
	}
	return ""
}
