package deliver

import (
	"context"
	"fmt"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A call is how an operation of one kind is sent, and how its answer is read.
type call struct {
	kind work.OperationKind
	send func(context.Context, *sage.Permit, work.Operation) (answer, error)

	info  work.KindInfo
	class sage.Class
}

// calls is the one table of calls; package work has the table of what they mean.
var calls = []call{
	{kind: work.CreateContact, send: func(ctx context.Context, p *sage.Permit, o work.Operation) (answer, error) {
		c, err := p.CreateContact(ctx, o.Body)
		return answer{sageID: c.ID}, err
	}},
	{kind: work.ChangeContact, send: func(ctx context.Context, p *sage.Permit, o work.Operation) (answer, error) {
		c, err := p.ChangeContact(ctx, o.Target, o.Body)
		return answer{sageID: c.ID}, err
	}},
	{kind: work.CreateInvoice, send: func(ctx context.Context, p *sage.Permit, o work.Operation) (answer, error) {
		d, err := p.CreateInvoice(ctx, o.Body)
		return documentAnswer(d), err
	}},
	{kind: work.CreateCreditNote, send: func(ctx context.Context, p *sage.Permit, o work.Operation) (answer, error) {
		d, err := p.CreateCreditNote(ctx, o.Body)
		return documentAnswer(d), err
	}},
	{kind: work.CreatePayment, send: func(ctx context.Context, p *sage.Permit, o work.Operation) (answer, error) {
		pay, err := p.CreatePayment(ctx, o.Body)
		return answer{sageID: pay.ID, total: &pay.TotalAmount}, err
	}},
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

// An answer is what we read of Sage's.
type answer struct {
	sageID     string
	number     string        // Sage's own, of documents
	contactID  string        // of documents
	total, tax *money.Amount // as Sage computed them; nil where there are none
}

func documentAnswer(d resource.Document) answer {
	return answer{sageID: d.ID, number: d.DisplayedAs, contactID: d.Contact.ID, total: &d.TotalAmount, tax: &d.TaxAmount}
}
