package books

import (
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
	"github.com/mage2sage/mage2sage/testenv/sagesim/ledger"
)

// CustomerAllocation is the one transaction type of allocations here.
const CustomerAllocation = "CUSTOMER_ALLOCATION"

// A ContactAllocationRequest sets credits against invoices: invoices with
// positive amounts, credit notes and payments on account with negative ones.
type ContactAllocationRequest struct {
	Type      string              `json:"transaction_type_id"`
	ContactID string              `json:"contact_id"`
	Date      string              `json:"date"`
	Artefacts []AllocationRequest `json:"allocated_artefacts"`
}

// An Allocation is a set of settlements whose signed amounts sum to zero.
type Allocation struct {
	Record
	ContactAllocationRequest
	Settled     []*Settlement
	Transaction string
}

// CreateAllocation settles invoices and credits of one contact with each other.
func (b *Business) CreateAllocation(r ContactAllocationRequest) (*Allocation, error) {
	contact, err := b.customer(r.ContactID)
	if err != nil {
		return nil, err
	}
	if r.Type != CustomerAllocation {
		return nil, Invalid("transaction_type_id", NotListed)
	}
	if r.Date == "" {
		r.Date = b.Clock().UTC().Format(day)
	}
	if err := b.checkPeriod(r.Date); err != nil {
		return nil, err
	}
	artefacts, err := b.checkSetOff(contact, r.Artefacts)
	if err != nil {
		return nil, err
	}
	a := &Allocation{Record: b.newRecord("allocation", r.ContactID), ContactAllocationRequest: r}
	b.setOff(a, artefacts)
	if err := b.bookAllocation(a); err != nil {
		return nil, err
	}
	b.Allocations.add(a)
	contact.uses++
	return a, nil
}

func (b *Business) checkSetOff(contact *Contact, requests []AllocationRequest) ([]*Artefact, error) {
	var artefacts []*Artefact
	var sum decimal.Number
	for i, r := range requests {
		first := b.artefacts[requests[0].Artefact]
		if first == nil {
			return nil, Missing("allocated_artefacts.artefact_id")
		}
		a, err := b.artefact(contact, first.Currency, r)
		if err != nil {
			return nil, err
		}
		if r.Amount.Sign() != int(a.Side) {
			return nil, Invalid("allocated_artefacts.amount", "Invoices take positive amounts, credits negative ones.")
		}
		if repeated(requests[:i], r.Artefact) {
			return nil, Invalid("allocated_artefacts.artefact_id", "An artefact may be named only once.")
		}
		sum = sum.Add(r.Amount.Round(2))
		artefacts = append(artefacts, a)
	}
	if len(artefacts) == 0 {
		return nil, Invalid("allocated_artefacts", Required)
	}
	if !sum.IsZero() {
		return nil, Invalid("allocated_artefacts", "The allocated amounts must add up to zero.")
	}
	return artefacts, nil
}

func (b *Business) setOff(a *Allocation, artefacts []*Artefact) {
	for i, artefact := range artefacts {
		amount := a.Artefacts[i].Amount.Round(2).Abs()
		s := &Settlement{
			ID: b.newRecord("settlement", "").ID, By: a.ID, Kind: a.Type, Title: "Customer Allocation", Date: a.Date,
			Artefact: artefact, Amount: amount, Base: artefact.base(amount),
		}
		b.settle(s)
		a.Settled = append(a.Settled, s)
	}
}

// bookAllocation posts what different exchange rates leave on debtors.
func (b *Business) bookAllocation(a *Allocation) error {
	var left decimal.Number // what the settled artefacts took off debtors, debits positive
	for _, s := range a.Settled {
		left = left.Add(s.Base.Mul(decimal.Int(int64(s.Artefact.Side))))
	}
	id, err := b.post(ledger.Transaction{
		Type: a.Type, Date: a.Date, Contact: a.ContactID, Origin: a.ID,
	}, []ledger.Line{
		{Account: chart.Debtors, Amount: left.Neg()},
		exchangeDifference(left.Neg()),
	})
	a.Transaction = id
	return err
}

// DeleteAllocation frees what an allocation settled.
func (b *Business) DeleteAllocation(a *Allocation) error {
	if err := b.checkPeriod(a.Date); err != nil {
		return err
	}
	if err := b.reverse(a.Transaction); err != nil {
		return err
	}
	for _, s := range a.Settled {
		b.release(s)
	}
	a.Deleted = b.Clock()
	a.Updated = a.Deleted
	return nil
}
