package deliver

import (
	"cmp"
	"slices"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// Books are Sage's lists of one business, by what an operation finds its object by.
type Books struct {
	contacts    map[string][]resource.Contact // by reference
	contactIDs  map[string]resource.Contact   // by id
	documents   map[string][]resource.Document
	documentIDs map[string]resource.Document
	payments    map[string][]resource.Payment // by reference
	paying      map[string][]resource.Payment // by the document that they name
	allocations map[string][]resource.ContactAllocation
	standing    []work.Standing
}

// NewBooks sorts lists.
func NewBooks(l sage.Lists) *Books {
	b := &Books{
		contacts: map[string][]resource.Contact{}, contactIDs: map[string]resource.Contact{},
		documents: map[string][]resource.Document{}, documentIDs: map[string]resource.Document{},
		payments: map[string][]resource.Payment{}, paying: map[string][]resource.Payment{},
		allocations: map[string][]resource.ContactAllocation{},
	}
	for _, c := range l.Contacts {
		key := work.ReferenceKey(c.Reference)
		b.contacts[key], b.contactIDs[c.ID] = append(b.contacts[key], c), c
		b.standing = append(b.standing, contactStanding(c))
	}
	b.addDocuments(work.CreateInvoice, l.Invoices)
	b.addDocuments(work.CreateCreditNote, l.CreditNotes)
	for _, p := range l.Payments {
		b.addPayment(p)
	}
	for _, a := range l.Allocations {
		if a.DeletedAt != "" {
			continue
		}
		for _, named := range a.Artefacts {
			id := named.Artefact.ID
			b.allocations[id] = append(b.allocations[id], a)
		}
		b.standing = append(b.standing, b.allocationStanding(a))
	}
	return b
}

func (b *Books) addDocuments(kind work.OperationKind, all []resource.Document) {
	for _, d := range all {
		key := string(kind) + "|" + work.ReferenceKey(d.Reference)
		b.documents[key], b.documentIDs[d.ID] = append(b.documents[key], d), d
		b.standing = append(b.standing, b.documentStanding(kind, d))
	}
}

func (b *Books) addPayment(p resource.Payment) {
	kind := work.CreatePayment
	if p.TransactionType.ID == resource.CustomerRefund {
		kind = work.RefundCreditNote
	}
	key := string(kind) + "|" + work.ReferenceKey(p.Reference)
	b.payments[key] = append(b.payments[key], p)
	for _, named := range p.Artefacts {
		key := string(kind) + "|" + named.Artefact.ID
		b.paying[key] = append(b.paying[key], p)
	}
	b.standing = append(b.standing, b.paymentStanding(kind, p))
}

// Standing lists all that stands in the books, by kind and reference.
func (b *Books) Standing() []work.Standing {
	all := slices.Clone(b.standing)
	slices.SortStableFunc(all, func(a, c work.Standing) int {
		return cmp.Or(cmp.Compare(a.Kind, c.Kind), cmp.Compare(a.Reference, c.Reference), cmp.Compare(a.SageID, c.SageID))
	})
	return all
}

// Count says how much stands in the books, by kind.
func (b *Books) Count() map[work.OperationKind]int {
	n := map[work.OperationKind]int{}
	for _, s := range b.standing {
		n[s.Kind]++
	}
	return n
}

func contactStanding(c resource.Contact) work.Standing {
	return work.Standing{Kind: work.CreateContact, SageID: c.ID, Reference: c.Reference, Currency: c.Currency.ID}
}

func (b *Books) documentStanding(kind work.OperationKind, d resource.Document) work.Standing {
	return work.Standing{
		Kind: kind, SageID: d.ID, Number: d.DisplayedAs, Reference: d.Reference, Total: &d.TotalAmount, Currency: d.Currency.ID, Date: d.Date,
		Contact: b.contactIDs[d.Contact.ID].Reference, Void: d.Status.ID == resource.Void,
	}
}

func (b *Books) paymentStanding(kind work.OperationKind, p resource.Payment) work.Standing {
	return work.Standing{Kind: kind, SageID: p.ID, Number: p.DisplayedAs, Reference: p.Reference, Total: &p.TotalAmount, Date: p.Date,
		Contact: b.contactIDs[p.Contact.ID].Reference}
}

func (b *Books) allocationStanding(a resource.ContactAllocation) work.Standing {
	s := work.Standing{Kind: work.AllocateCreditNote, SageID: a.ID, Contact: b.contactIDs[a.Contact.ID].Reference}
	for _, named := range a.Artefacts {
		s.Reference = b.documentIDs[named.Artefact.ID].Reference // the credit note's, which comes last
	}
	return s
}
