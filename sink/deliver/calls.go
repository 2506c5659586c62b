package deliver

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A call is how an operation of one kind is sent, how its answer is read, and how what
// it may have made is found again after its answer was lost.
type call struct {
	kind work.OperationKind
	send func(context.Context, *sage.Permit, work.Operation) (answer, error)
	// find returns what has the operation's reference at Sage: none, what the call made,
	// or something else that has it.
	find func(context.Context, *sage.Client, work.Operation) ([]answer, error)
	// read returns one object by Sage's id.
	read func(ctx context.Context, c *sage.Client, o work.Operation, id string) (answer, error)
	// inspect reads what a call would take back, just before; nil takes nothing back.
	inspect func(ctx context.Context, c *sage.Client, o work.Operation) (inspection, error)

	info  work.KindInfo
	class sage.Class
}

// calls is the one table of calls; package work has the table of what they mean.
var calls = []call{
	{kind: work.CreateContact, send: func(ctx context.Context, p *sage.Permit, o work.Operation) (answer, error) {
		c, err := p.CreateContact(ctx, o.Body)
		return contactAnswer(o, c), err
	}, find: func(ctx context.Context, c *sage.Client, o work.Operation) ([]answer, error) {
		found, err := c.FindContacts(ctx, o.Reference)
		return answers(o, found, contactAnswer), err
	}, read: readContact},
	{kind: work.ChangeContact, send: func(ctx context.Context, p *sage.Permit, o work.Operation) (answer, error) {
		c, err := p.ChangeContact(ctx, o.Target, o.Body)
		return contactAnswer(o, c), err
	}, find: findChange, read: readContact},
	{kind: work.CreateInvoice, send: func(ctx context.Context, p *sage.Permit, o work.Operation) (answer, error) {
		d, err := p.CreateInvoice(ctx, o.Body)
		return documentAnswer(o, d), err
	}, find: func(ctx context.Context, c *sage.Client, o work.Operation) ([]answer, error) {
		found, err := c.FindInvoices(ctx, o.Reference)
		return answers(o, found, documentAnswer), err
	}, read: func(ctx context.Context, c *sage.Client, o work.Operation, id string) (answer, error) {
		d, err := c.Invoice(ctx, id)
		return documentAnswer(o, d), err
	}},
	{kind: work.CreateCreditNote, send: func(ctx context.Context, p *sage.Permit, o work.Operation) (answer, error) {
		d, err := p.CreateCreditNote(ctx, o.Body)
		return documentAnswer(o, d), err
	}, find: func(ctx context.Context, c *sage.Client, o work.Operation) ([]answer, error) {
		found, err := c.FindCreditNotes(ctx, o.Reference)
		return answers(o, found, documentAnswer), err
	}, read: func(ctx context.Context, c *sage.Client, o work.Operation, id string) (answer, error) {
		d, err := c.CreditNote(ctx, id)
		return documentAnswer(o, d), err
	}},
	{kind: work.CreatePayment, send: sendPayment, find: findPayment, read: readPayment},
	{kind: work.RefundCreditNote, send: sendPayment, find: findPayment, read: readPayment},
	{kind: work.AllocateCreditNote, send: func(ctx context.Context, p *sage.Permit, o work.Operation) (answer, error) {
		a, err := p.CreateAllocation(ctx, o.Body)
		return allocationAnswer(o, a), err
	}, find: findAllocation, read: func(ctx context.Context, c *sage.Client, o work.Operation, id string) (answer, error) {
		a, err := c.Allocation(ctx, id)
		return allocationAnswer(o, a), err
	}},
	voiding(work.VoidInvoice, (*sage.Permit).VoidInvoice, (*sage.Client).Invoice),
	voiding(work.VoidCreditNote, (*sage.Permit).VoidCreditNote, (*sage.Client).CreditNote),
}

func sendPayment(ctx context.Context, p *sage.Permit, o work.Operation) (answer, error) {
	pay, err := p.CreatePayment(ctx, o.Body)
	return paymentAnswer(o, pay), err
}

func readPayment(ctx context.Context, c *sage.Client, o work.Operation, id string) (answer, error) {
	pay, err := c.Payment(ctx, id)
	return paymentAnswer(o, pay), err
}

func readContact(ctx context.Context, c *sage.Client, o work.Operation, id string) (answer, error) {
	found, err := c.Contact(ctx, id)
	return contactAnswer(o, found), err
}

// findChange finds a change in the contact that it was for: all of it is there, or it has
// not happened. A contact that is gone has no change.
func findChange(ctx context.Context, c *sage.Client, o work.Operation) ([]answer, error) {
	a, err := readContact(ctx, c, o, o.Target)
	var refusal *sage.Error
	if errors.As(err, &refusal) && refusal.NotFound() || err == nil && len(a.differs) > 0 {
		return nil, nil
	}
	return []answer{a}, err
}

func findPayment(ctx context.Context, c *sage.Client, o work.Operation) ([]answer, error) {
	sent, err := resource.SentPayment(o.Body)
	if err != nil {
		return nil, err
	}
	found, err := c.FindPayments(ctx, sent.TransactionTypeID, sent.ContactID, sent.Date, o.Reference)
	return answers(o, found, paymentAnswer), err
}

// classes are Sage's breakers by the class of an operation.
var classes = map[work.Class]sage.Class{work.Contacts: sage.Contacts, work.Documents: sage.Documents, work.Payments: sage.Payments}

// callOf is the call of a kind of operation. It returns a work.UnknownOperationError for
// a kind that is in no table.
func callOf(kind work.OperationKind) (c call, err error) {
	i := slices.IndexFunc(calls, func(c call) bool { return c.kind == kind })
	if i < 0 {
		return c, fmt.Errorf("no call: %w", &work.UnknownOperationError{Kind: kind})
	}
	c = calls[i]
	if c.info, err = kind.Info(); err != nil {
		return c, err
	}
	class, ok := classes[c.info.Class]
	if !ok {
		return c, fmt.Errorf("no breaker for calls of class %q", c.info.Class)
	}
	c.class = class
	return c, nil
}

// An answer is what we read of Sage's, compared with what was sent.
type answer struct {
	sageID     string
	number     string        // Sage's own, of documents
	contactID  string        // of documents
	total, tax *money.Amount // as Sage computed them; nil where there are none
	differs    []string      // fields that Sage has otherwise than they were sent
	another    bool          // the difference is one that makes it another object
}

func answers[T any](o work.Operation, found []T, read func(work.Operation, T) answer) (all []answer) {
	for _, one := range found {
		all = append(all, read(o, one))
	}
	return all
}

// identity are the fields that say whose contact it is. What else differs is corrected
// by the next change.
var identity = []string{"name", "currency_id", "reference", "contact_type_ids", "main_contact_person.email"}

func contactAnswer(o work.Operation, c resource.Contact) answer {
	a := answer{sageID: c.ID, differs: c.Differences(o.Body)}
	a.another = slices.ContainsFunc(a.differs, func(field string) bool { return slices.Contains(identity, field) })
	if o.HistoryLost && !o.WasInDoubt {
		a.another = a.another && !samePerson(o, a.differs)
	}
	return a
}

// samePerson reports whether a contact that our lost books may have made is still the same
// person's: the name or the e-mail address may have changed since, and not both.
func samePerson(o work.Operation, differs []string) bool {
	other := func(field string) bool { return slices.Contains(differs, field) }
	switch {
	case other("currency_id"), other("reference"), other("contact_type_ids"):
		return false
	case other("name"):
		return resource.SentEmail(o.Body) != "" && !other("main_contact_person.email") && !other("main_contact_person")
	}
	return true
}

func documentAnswer(o work.Operation, d resource.Document) answer {
	a := answer{sageID: d.ID, number: d.DisplayedAs, contactID: d.Contact.ID, total: &d.TotalAmount, tax: &d.TaxAmount}
	a.differs = d.Differences(o.Body, "contact_id", "currency_id", "date", "reference")
	if d.Status.ID == resource.Void {
		a.differs = append(a.differs, "status")
	}
	if o.Total != nil && !a.total.Equal(*o.Total) {
		a.differs = append(a.differs, "total_amount")
	}
	if o.Tax != nil && !a.tax.Equal(*o.Tax) {
		a.differs = append(a.differs, "tax_amount")
	}
	a.another = len(a.differs) > 0
	return a
}

func paymentAnswer(o work.Operation, p resource.Payment) answer {
	a := answer{sageID: p.ID, total: &p.TotalAmount}
	a.differs = p.Differences(o.Body, "contact_id", "bank_account_id", "currency_id", "date", "reference", "total_amount", "allocated_artefacts")
	a.another = len(a.differs) > 0
	return a
}
