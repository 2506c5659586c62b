package plan

import (
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// orderMoney is what is known of the money of an order at Sage: what came in for its
// invoices, and what was set against them or given back.
type orderMoney struct {
	invoices []invoiceMoney // that are in Sage, oldest first
	memos    map[canonical.ID]settling
}

// An invoiceMoney is an invoice that is in Sage, with its payment.
type invoiceMoney struct {
	id       canonical.ID
	item     work.SyncItem
	entity   *canonical.Invoice
	payments work.History
}

// A settling is what settles a credit note at Sage, or is about to.
type settling struct{ allocations, refunds work.History }

// readOrderMoney reads the invoices of an order that are in Sage, and what settles its
// credit memos.
func readOrderMoney(m *canonical.CreditMemo, items map[canonical.ID]work.SyncItem, s InSage) (o orderMoney, err error) {
	for _, number := range m.Invoices {
		one := invoiceMoney{id: canonical.NewID(canonical.KindInvoice, number)}
		if one.item = items[one.id]; one.item.SageID == "" {
			continue
		}
		if one.payments, err = s.History(work.OperationKey{Kind: work.CreatePayment, Entity: string(one.id)}); err != nil {
			return o, err
		}
		if one.entity, err = invoiceNamed(one.id, s); err != nil {
			return o, err
		}
		o.invoices = append(o.invoices, one)
	}
	o.memos, err = readSettlings(m.OrderID, s, m.ID())
	return o, err
}

func invoiceNamed(id canonical.ID, s InSage) (*canonical.Invoice, error) {
	body, err := s.Entity(id)
	if err != nil || body == nil {
		return &canonical.Invoice{}, err
	}
	entity, err := decode(canonical.KindInvoice, body)
	if err != nil {
		return nil, err
	}
	invoice, ok := entity.(*canonical.Invoice)
	if !ok {
		return nil, fmt.Errorf("%s is a %T", id, entity)
	}
	return invoice, nil
}

// readSettlings reads what settles the credit memos of an order, and those that are named besides.
func readSettlings(order uint64, s InSage, besides ...canonical.ID) (map[canonical.ID]settling, error) {
	ids, err := s.CreditMemos(order)
	if err != nil {
		return nil, err
	}
	all := map[canonical.ID]settling{}
	for _, id := range append(ids, besides...) {
		if _, read := all[id]; read {
			continue
		}
		var one settling
		if one.allocations, err = s.History(work.OperationKey{Kind: work.AllocateCreditNote, Entity: string(id)}); err != nil {
			return nil, err
		}
		if one.refunds, err = s.History(work.OperationKey{Kind: work.RefundCreditNote, Entity: string(id)}); err != nil {
			return nil, err
		}
		all[id] = one
	}
	return all, nil
}

// standingIn is the newest operation of a history that is in Sage, may be there, or is planned.
func standingIn(h work.History) (o work.Operation, ok bool) {
	last, ok := h.Last()
	if !ok || last.State == work.Refused || last.State == work.Cancelled {
		return o, false
	}
	return last, true
}

// sent reports whether the newest operation of a history was sent: it stays as it is.
func sent(h work.History) (o work.Operation, ok bool) {
	o, ok = standingIn(h)
	return o, ok && o.State != work.Planned
}

// total is what an invoice comes to at Sage.
func (i invoiceMoney) total() money.Amount {
	for _, known := range []*money.Amount{i.item.SageTotal, i.item.MagentoTotal} {
		if known != nil {
			return known.Round(2)
		}
	}
	return money.Amount{}
}

// received is what came in for an invoice. What a person has paid by hand is all of it.
func (i invoiceMoney) received() money.Amount {
	if i.item.Payment != work.Paid {
		return money.Amount{}
	}
	if o, ok := standingIn(i.payments); ok && o.Total != nil {
		return o.Total.Round(2)
	}
	return i.total()
}

// allocatedOf is how much of an invoice, by its id at Sage, an allocation takes.
func (s settling) allocatedOf(sageID string) (money.Amount, error) {
	o, ok := standingIn(s.allocations)
	if !ok {
		return money.Amount{}, nil
	}
	body, err := resource.SentAllocation(o.Body)
	if err != nil {
		return money.Amount{}, fmt.Errorf("read what %s allocates: %w", o.Entity, err)
	}
	var taken money.Amount
	for _, a := range body.AllocatedArtefacts {
		if a.ArtefactID == sageID {
			taken = taken.Add(a.Amount)
		}
	}
	return taken, nil
}

// refunded is what a refund gives back.
func (s settling) refunded() money.Amount {
	if o, ok := standingIn(s.refunds); ok && o.Total != nil {
		return o.Total.Round(2)
	}
	return money.Amount{}
}

// openOf is what is open of an invoice at Sage but for what settles one credit memo.
func (o orderMoney) openOf(i invoiceMoney, but canonical.ID) (money.Amount, error) {
	open := i.total().Sub(i.received())
	for id, memo := range o.memos {
		if id == but {
			continue
		}
		taken, err := memo.allocatedOf(i.item.SageID)
		if err != nil {
			return open, err
		}
		open = open.Sub(taken)
	}
	return money.Max(open, money.Amount{}), nil
}

// receivedFor is what came in for the order and was not given back yet, but for one credit
// memo.
func (o orderMoney) receivedFor(but canonical.ID) (left money.Amount) {
	for _, i := range o.invoices {
		left = left.Add(i.received())
	}
	for id, memo := range o.memos {
		if id != but {
			left = left.Sub(memo.refunded())
		}
	}
	return money.Max(left, money.Amount{})
}
