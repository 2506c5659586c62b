package assemble_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// A ledger is what the documents of one order come to.
type ledger struct {
	order               *canonical.Order
	payment             *canonical.Payment
	invoiced, paid      money.Amount
	refunded            money.Amount
	memos               int
	qtyIn, qtyBack      map[uint64]money.Amount // by order item
	net, tax, levies    map[uint64]money.Amount // of invoices that stand, by order item
	shipping, shipTax   money.Amount
	taxes, settlements  money.Amount
	linesOfOneDocument  map[canonical.ID]map[uint64]int
	captures, givenBack money.Amount
}

func newLedger(all []canonical.Entity) *ledger {
	l := &ledger{
		qtyIn: map[uint64]money.Amount{}, qtyBack: map[uint64]money.Amount{}, net: map[uint64]money.Amount{}, tax: map[uint64]money.Amount{},
		levies: map[uint64]money.Amount{}, linesOfOneDocument: map[canonical.ID]map[uint64]int{},
	}
	for _, e := range all {
		if s, ok := saleOf(e); ok {
			l.linesOfOneDocument[e.ID()] = map[uint64]int{}
			for _, line := range s.lines {
				l.linesOfOneDocument[e.ID()][line.OrderItemID]++
			}
		}
		switch e := e.(type) {
		case *canonical.Order:
			l.order = e
		case *canonical.Payment:
			l.pay(e)
		case *canonical.Invoice:
			l.invoice(e)
		case *canonical.CreditMemo:
			l.memo(e)
		}
	}
	return l
}

func (l *ledger) pay(e *canonical.Payment) {
	l.payment = e
	for _, c := range e.Captures {
		l.captures = l.captures.Add(c.Amount)
	}
	for _, r := range e.Refunds {
		l.givenBack = l.givenBack.Add(r.Amount)
	}
}

func (l *ledger) invoice(e *canonical.Invoice) {
	if e.State == canonical.Cancelled {
		return
	}
	l.invoiced = l.invoiced.Add(e.GrandTotal)
	if e.State == canonical.Paid {
		l.paid = l.paid.Add(e.GrandTotal)
	}
	for _, line := range e.Lines {
		l.qtyIn[line.OrderItemID] = l.qtyIn[line.OrderItemID].Add(line.Qty)
		l.net[line.OrderItemID] = l.net[line.OrderItemID].Add(line.NetAmount)
		l.tax[line.OrderItemID] = l.tax[line.OrderItemID].Add(line.LineTax)
	}
	for _, a := range e.Adjustments {
		if a.Kind == canonical.FixedProductTax {
			l.levies[a.OrderItemID] = l.levies[a.OrderItemID].Add(a.NetAmount)
		}
	}
	if e.Shipping != nil {
		l.shipping, l.shipTax = l.shipping.Add(e.Shipping.NetAmount), l.shipTax.Add(e.Shipping.TaxAmount)
	}
	for _, s := range e.Settlements {
		l.settlements = l.settlements.Add(s.Amount)
	}
	s, _ := saleOf(e)
	l.taxes = l.taxes.Add(s.tax())
}

func (l *ledger) memo(e *canonical.CreditMemo) {
	l.refunded, l.memos = l.refunded.Add(e.GrandTotal), l.memos+1
	for _, line := range e.Lines {
		l.qtyBack[line.OrderItemID] = l.qtyBack[line.OrderItemID].Add(line.Qty)
	}
}

func TestDocumentsOfARandomOrderAddUpToIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		eachOrder(t, func(o *randomRoot, all []canonical.Entity, _ bool) {
			if l := newLedger(all); !o.deletes {
				l.addUp(t)
				l.nothingTwice(t)
			}
		})
	})
}

// addUp compares an order with its documents and its payment. The order's sum of refunds is
// rounded to pennies, and that of memos is not.
func (l *ledger) addUp(t *rapid.T) {
	same := func(what string, got, want money.Amount) {
		if !got.Equal(want) {
			t.Fatalf("%s: %s, and the order says %s:\n%s", what, got, want, asText(l.order))
		}
	}
	same("invoices", l.invoiced, l.order.TotalInvoiced)
	same("paid invoices", l.paid, l.order.TotalPaid)
	same("captures", l.captures, l.order.TotalPaid)
	same("refunds", l.givenBack, l.refunded)
	if l.refunded.Sub(l.order.TotalRefunded).Abs().Cmp(money.MustParse("0.005")) > 0 {
		t.Fatalf("credit memos are %s, and the order says %s", l.refunded, l.order.TotalRefunded)
	}
	invoicedWhole := true
	for _, line := range l.order.Lines {
		invoiced := line.QtyInvoiced.Equal(line.Qty)
		invoicedWhole = invoicedWhole && invoiced
		if line.ProductType == "bundle" && line.LineSubtotal.IsZero() {
			continue // all in it is free, and the invoice's rows do not say which one it is
		}
		same("invoiced of a line", l.qtyIn[line.OrderItemID], line.QtyInvoiced)
		same("refunded of a line", l.qtyBack[line.OrderItemID], line.QtyRefunded)
		if !invoiced {
			continue
		}
		same("net of a line that is invoiced", l.net[line.OrderItemID], line.NetAmount)
		same("tax of a line that is invoiced", l.tax[line.OrderItemID], line.LineTax)
	}
	if invoicedWhole && len(l.order.Lines) > 0 {
		s, _ := saleOf(l.order)
		same("all invoices, with what settled them", l.invoiced.Add(l.settlements), l.order.GrandTotal.Add(settled(s)))
		same("all taxes", l.taxes, s.tax())
	}
}

func settled(s sale) (sum money.Amount) {
	for _, p := range s.sums.Settlements {
		sum = sum.Add(p.Amount)
	}
	return sum
}

// nothingTwice holds that an item is one line of a document at most, and that the lines are
// the subtotal: with the fixed product taxes, where the shop counts them in.
func (l *ledger) nothingTwice(t *rapid.T) {
	for id, items := range l.linesOfOneDocument {
		for item, lines := range items {
			if lines > 1 {
				t.Fatalf("%s has item %d in %d lines", id, item, lines)
			}
		}
	}
	var lines, levies money.Amount
	for _, line := range l.order.Lines {
		lines = lines.Add(line.LineSubtotal)
	}
	for _, a := range l.order.Adjustments {
		if a.Kind == canonical.FixedProductTax {
			levies = levies.Add(a.NetAmount)
		}
	}
	if !lines.Equal(l.order.Subtotal) && !lines.Add(levies).Equal(l.order.Subtotal) {
		t.Fatalf("the lines are %s and fixed product taxes %s, the subtotal is %s:\n%s", lines, levies, l.order.Subtotal, asText(l.order))
	}
}
