package sink

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mage2sage/mage2sage/sink/deliver"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A DuplicateSearch looks in Sage's own lists for what stands there more than once: it is the one
// guard that trusts nothing of what the sink believes. It changes nothing in Sage.
//
//	what was changed since the last search, or all
//	   → of ours, and not what an xref stands for → its whole group, as Sage has it now
//	   + what was found before, read again        → what stands there twice is kept, the rest has ended
type DuplicateSearch struct {
	DB       *postgres.DB
	Client   *sage.Client
	Binding  work.Binding
	Now      func() time.Time
	Progress func(string) // told how far it is; never nil
}

// searchOverlap is how far a search goes back behind the beginning of the last one: for clocks that
// differ, and for what Sage lists late.
const searchOverlap = time.Hour

// Run searches what was changed at since or later, and everything for the zero time. What it finds
// is kept, what it does not find any more has ended. It returns what stands twice now.
func (s *DuplicateSearch) Run(ctx context.Context, since time.Time) ([]work.Duplicate, error) {
	began := s.Now()
	lists, err := s.Client.ChangedSince(ctx, since, func(list string, read, total int) { s.Progress(fmt.Sprintf("%s: %d of %d read", list, read, total)) })
	if err != nil {
		return nil, fmt.Errorf("read Sage's lists: %w", err)
	}
	if !since.IsZero() {
		if lists, err = s.suspected(ctx, lists); err != nil {
			return nil, err
		}
	}
	found, err := s.ours(ctx, deliver.DoubledIn(lists))
	if err != nil {
		return nil, err
	}
	return s.DB.KeepDuplicates(ctx, s.Binding.Business, found, began.Add(-searchOverlap))
}

// suspected are the lists of all that may stand twice, as Sage has it now: the groups of what was
// changed, is ours by its reference, and is not what an xref stands for; and what was found before.
func (s *DuplicateSearch) suspected(ctx context.Context, changed sage.Lists) (sage.Lists, error) {
	r := &regrouping{client: s.Client}
	for _, g := range deliver.Alike(changed) {
		known, err := s.DB.Recognize(ctx, s.Binding.Business, &g)
		if err != nil {
			return sage.Lists{}, err
		}
		if known == postgres.NotOurs || len(g.Objects) == 1 && g.Objects[0].Entity != "" {
			continue
		}
		if err := s.regroup(ctx, r, changed, g); err != nil {
			return sage.Lists{}, err
		}
	}
	before, err := s.DB.Duplicates(ctx, s.Binding.Business)
	if err != nil {
		return sage.Lists{}, err
	}
	for _, d := range before {
		for _, o := range d.Objects {
			if err := r.again(ctx, o); err != nil {
				return sage.Lists{}, err
			}
		}
	}
	return r.found, r.contacts(ctx)
}

// regroup reads the group of what was changed: each thing of it, what our xrefs have of it, which
// Sage may not find by every spelling, and what Sage finds.
func (s *DuplicateSearch) regroup(ctx context.Context, r *regrouping, changed sage.Lists, g work.Duplicate) error {
	ids, err := s.DB.StandsFor(ctx, s.Binding.Business, g.Kind, g.Objects[0].Reference)
	if err != nil {
		return err
	}
	members := g.Objects
	for _, id := range ids {
		members = append(members, work.Doubled{Standing: work.Standing{Kind: g.Kind, SageID: id}})
	}
	for _, o := range members {
		if err := r.again(ctx, o); err != nil {
			return err
		}
	}
	return r.group(ctx, changed, g.Objects[0])
}

// ours are those of several groups that are about the business's bindings, with what of them is
// known.
func (s *DuplicateSearch) ours(ctx context.Context, groups []work.Duplicate) (all []work.Duplicate, err error) {
	for _, g := range groups {
		known, err := s.DB.Recognize(ctx, s.Binding.Business, &g)
		if err != nil {
			return nil, err
		}
		if known == postgres.NotOurs {
			continue
		}
		if g.Binding == "" {
			g.Binding = s.Binding.Name
		}
		g.Business = s.Binding.Business
		all = append(all, g)
	}
	return all, nil
}

// A regrouping reads from Sage what belongs to a group.
type regrouping struct {
	client *sage.Client
	found  sage.Lists
}

// group reads everything that has what an object has: Sage finds it by its reference, or by its
// contact and day.
func (r *regrouping) group(ctx context.Context, changed sage.Lists, o work.Doubled) error {
	switch o.Kind {
	case work.CreateContact:
		some, err := r.client.FindContacts(ctx, o.Reference)
		r.found.Contacts = append(r.found.Contacts, some...)
		return err
	case work.CreateInvoice:
		some, err := r.client.FindInvoices(ctx, o.Reference)
		r.found.Invoices = append(r.found.Invoices, some...)
		return err
	case work.CreateCreditNote:
		some, err := r.client.FindCreditNotes(ctx, o.Reference)
		r.found.CreditNotes = append(r.found.CreditNotes, some...)
		return err
	case work.CreatePayment, work.RefundCreditNote:
		for _, p := range changed.Payments {
			if p.ID == o.SageID {
				some, err := r.client.FindPayments(ctx, p.TransactionType.ID, p.Contact.ID, p.Date, p.Reference)
				r.found.Payments = append(r.found.Payments, some...)
				return err
			}
		}
	case work.AllocateCreditNote:
		for _, a := range changed.Allocations {
			if a.ID == o.SageID {
				some, err := r.client.FindAllocations(ctx, a.Contact.ID, o.Of)
				r.found.Allocations = append(r.found.Allocations, some...)
				return err
			}
		}
	}
	return nil
}

// again reads something that was found before. What Sage does not have any more is left out.
func (r *regrouping) again(ctx context.Context, o work.Doubled) (err error) {
	switch o.Kind {
	case work.CreateContact:
		err = keep(ctx, r.client.Contact, o.SageID, &r.found.Contacts)
	case work.CreateInvoice:
		err = keep(ctx, r.client.Invoice, o.SageID, &r.found.Invoices)
	case work.CreateCreditNote:
		err = keep(ctx, r.client.CreditNote, o.SageID, &r.found.CreditNotes)
	case work.CreatePayment, work.RefundCreditNote:
		err = keep(ctx, r.client.Payment, o.SageID, &r.found.Payments)
	case work.AllocateCreditNote:
		if err = keep(ctx, r.client.Allocation, o.SageID, &r.found.Allocations); err == nil && o.Of != "" {
			err = keep(ctx, r.client.CreditNote, o.Of, &r.found.CreditNotes) // for its number
		}
	}
	return err
}

// contacts reads the contacts of what was found, for their references.
func (r *regrouping) contacts(ctx context.Context) error {
	read := map[string]bool{"": true}
	var ids []string
	for _, d := range append(r.found.Invoices, r.found.CreditNotes...) {
		ids = append(ids, d.Contact.ID)
	}
	for _, p := range r.found.Payments {
		ids = append(ids, p.Contact.ID)
	}
	for _, a := range r.found.Allocations {
		ids = append(ids, a.Contact.ID)
	}
	for _, id := range ids {
		if read[id] {
			continue
		}
		read[id] = true
		if err := keep(ctx, r.client.Contact, id, &r.found.Contacts); err != nil {
			return err
		}
	}
	return nil
}

// keep reads one thing by its id into a list, unless it is gone.
func keep[T any](ctx context.Context, read func(context.Context, string) (T, error), id string, in *[]T) error {
	one, err := read(ctx, id)
	var refusal *sage.Error
	switch {
	case errors.As(err, &refusal) && refusal.NotFound():
		return nil
	case err != nil:
		return err
	}
	*in = append(*in, one)
	return nil
}
