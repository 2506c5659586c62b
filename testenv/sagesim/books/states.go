package books

import (
	"slices"

	"github.com/mage2sage/mage2sage/testenv/sagesim/ledger"
)

// enter posts a document: it takes a number, an entry in the ledger, an open amount, and
// its goods from the stock.
func (b *Business) enter(d *Document) error {
	if d.Number == "" || d.State == draft || d.State == proForma {
		d.Number = b.nextNumber(d.Kind)
	}
	id, err := b.post(ledger.Transaction{
		Type:      string(d.Kind),
		Date:      d.Request.Date,
		Reference: d.Request.Reference,
		Contact:   d.Contact,
		Origin:    d.ID,
		Total:     d.BaseTotal.Total(),
	}, d.entries())
	if err != nil {
		return err
	}
	d.Transaction, d.State = id, posted
	d.Open = &Artefact{
		ID: d.ID, Kind: string(d.Kind), Title: d.Number, Contact: d.Contact, Currency: d.Currency, Rate: d.Rate,
		Side: d.side(), Total: d.Total.Total(), Outstanding: d.Total.Total(), BaseOutstanding: d.BaseTotal.Total(),
		owner: &d.Record,
	}
	b.artefacts[d.ID] = d.Open
	b.moveStock(d)
	return nil
}

// Release posts a draft or pro forma.
func (b *Business) Release(d *Document) error {
	if d.State != draft && d.State != proForma {
		return Invalid("base", "Only drafts and pro formas can be released.")
	}
	if err := b.checkPeriod(d.Request.Date); err != nil {
		return err
	}
	if err := b.checkStock(d, nil); err != nil {
		return err
	}
	d.Updated = b.Clock()
	return b.enter(d)
}

// Void takes a posted document back, or removes a draft. A posted one must be
// free of payments and allocations, and needs a reason; its number stays used.
func (b *Business) Void(d *Document, reason string) error {
	now := b.Clock()
	switch {
	case d.State == draft || d.State == proForma:
		d.Deleted, d.Updated = now, now
		return nil
	case d.State == void:
		return Invalid("base", "This transaction is already void.")
	case len(d.Open.Settlements) > 0:
		return Invalid("base", "You cannot void this transaction because it has payments or allocations.")
	case reason == "":
		return Invalid("void_reason", Required)
	case len([]rune(reason)) > 200:
		return Invalid("void_reason", "is too long (maximum is 200 characters)")
	}
	if err := b.checkPeriod(d.Request.Date); err != nil {
		return err
	}
	if err := b.checkStock(&Document{}, d.freedStock()); err != nil {
		return err
	}
	if err := b.withdraw(d); err != nil {
		return err
	}
	d.State, d.VoidReason, d.Updated = void, reason, now
	return nil
}

// withdraw takes a document out of the ledger.
func (b *Business) withdraw(d *Document) error {
	if err := b.reverse(d.Transaction); err != nil {
		return err
	}
	delete(b.artefacts, d.ID)
	d.Open = nil
	b.returnStock(d)
	return nil
}

// ChangeDocument replaces a document's fields by those of r, which is its own
// Request with changes laid over it. A posted document whose money changed is
// posted anew under its number; once something is paid, its money stands.
func (b *Business) ChangeDocument(d *Document, r DocumentRequest, lines []LineRequest) error {
	if d.State == void {
		return Invalid("base", "You cannot edit a void transaction.")
	}
	if r.ContactID != d.Contact {
		return Invalid("contact_id", "The contact of a transaction cannot be changed.")
	}
	if !d.Kind.offer() {
		r.Status = d.Request.Status
	}
	r.InvoiceLines, r.CreditNoteLines = d.mergeLines(lines, b.Rules.DropAbsentLines), nil
	r.EstimateLines, r.QuoteLines = nil, nil
	changed, err := b.compute(d.Kind, r)
	if err != nil {
		return err
	}
	if d.Kind.offer() {
		return b.changeOffer(d, changed)
	}
	if d.State == posted && d.moneyChanged(changed) {
		if len(d.Open.Settlements) > 0 {
			return Invalid("base", "You cannot edit the amounts of a transaction that has payments or allocations.")
		}
		return b.repost(d, changed)
	}
	open := d.Open
	b.adopt(d, changed)
	d.Open = open
	return nil
}

func (b *Business) repost(d, changed *Document) error {
	for _, date := range []string{d.Request.Date, changed.Request.Date} {
		if err := b.checkPeriod(date); err != nil {
			return err
		}
	}
	if err := b.checkStock(changed, d.freedStock()); err != nil {
		return err
	}
	if err := b.withdraw(d); err != nil {
		return err
	}
	b.adopt(d, changed)
	return b.enter(d)
}

// adopt gives d the content of changed and keeps who d is.
func (b *Business) adopt(d, changed *Document) {
	changed.Record, changed.Number, changed.State, changed.Transaction = d.Record, d.Number, d.State, d.Transaction
	record := d.Record
	*d = *changed
	d.Record = record
	d.Updated = b.Clock()
	b.nameParts(d)
	d.useItems()
}

func (d *Document) moneyChanged(o *Document) bool {
	same := d.Request.Date == o.Request.Date && d.Contact == o.Request.ContactID && d.Currency == o.Currency &&
		d.Rate.Equal(o.Rate) && len(d.Lines) == len(o.Lines) && d.Shipping.equal(o.Shipping) && d.ShipRate.ID == o.ShipRate.ID
	return !same || !slices.EqualFunc(d.Lines, o.Lines, func(x, y Line) bool {
		return x.Item == y.Item && x.Quantity.Equal(y.Quantity) && x.Account == y.Account && x.Rate.ID == y.Rate.ID && Sums{x.Net, x.Tax}.equal(Sums{y.Net, y.Tax})
	})
}

func (s Sums) equal(o Sums) bool { return s.Net.Equal(o.Net) && s.Tax.Equal(o.Tax) }

// mergeLines lays the lines of a PUT over the present ones: by id where they
// name one, else appended.
func (d *Document) mergeLines(changes []LineRequest, dropAbsent bool) []LineRequest {
	var out []LineRequest
	for _, line := range d.Lines {
		at := slices.IndexFunc(changes, func(c LineRequest) bool { return c.ID == line.ID })
		switch {
		case at >= 0:
			out = append(out, changes[at])
		case len(changes) == 0 || !dropAbsent:
			out = append(out, line.LineRequest)
		}
	}
	for _, c := range changes {
		if c.ID == "" {
			out = append(out, c)
		}
	}
	return out
}
