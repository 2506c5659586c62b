package books

import "cmp"

const declined = "DECLINED"

// openOffer is the status of an estimate or quote that is neither a draft nor declined. What
// Sage calls it is not documented; of the statuses that are, it is the one that says nothing more.
func (b *Business) openOffer() string { return cmp.Or(b.Rules.OfferStatus, "UNPAID") }

// createOffer keeps an estimate or quote, which compute has checked.
func (b *Business) createOffer(d *Document) (*Document, error) {
	if err := b.checkOffer(d.Request); err != nil {
		return nil, err
	}
	d.State, d.Number = d.Request.Status, b.nextNumber(d.Kind)
	if d.State == "" {
		d.State = b.openOffer()
	}
	d.Record = b.newRecord(string(d.Kind), d.Request.ContactID)
	b.nameParts(d)
	d.useItems()
	b.Shelf(d.Kind).add(d)
	contact, _ := b.Contacts.Get(d.Contact)
	contact.uses++
	return d, nil
}

func (b *Business) checkOffer(r DocumentRequest) error {
	switch {
	case r.Expiry < r.Date:
		return Invalid("expiry_date", "The expiry date must not be before the date.")
	case r.Status != "" && r.Status != b.openOffer() && r.Status != draft && r.Status != declined:
		return Invalid("status_id", NotListed)
	}
	return nil
}

// changeOffer gives an estimate or quote other content.
func (b *Business) changeOffer(d, changed *Document) error {
	if err := b.checkOffer(changed.Request); err != nil {
		return err
	}
	if d.Invoice != nil {
		return Invalid("base", "You cannot edit a transaction that an invoice was made of.")
	}
	status, invoice := changed.Request.Status, d.Invoice
	b.adopt(d, changed)
	d.Invoice = invoice
	if status != "" {
		d.State = status
	}
	return nil
}

// DeleteOffer removes an estimate or quote of which nothing was made.
func (b *Business) DeleteOffer(d *Document) error {
	if d.Invoice != nil {
		return Invalid("base", "You cannot delete a transaction that an invoice was made of.")
	}
	d.Deleted = b.Clock()
	d.Updated = d.Deleted
	return nil
}

// original is the estimate or quote that an invoice is made of; nil where it names none.
func (b *Business) original(r DocumentRequest) (*Document, error) {
	if r.OfferID == "" {
		return nil, nil
	}
	from, ok := b.Estimates.Get(r.OfferID)
	if !ok {
		from, ok = b.Quotes.Get(r.OfferID)
	}
	switch {
	case !ok:
		return nil, Missing("original_quote_estimate_id")
	case from.Invoice != nil:
		return nil, Invalid("original_quote_estimate_id", "An invoice was already made of it.")
	case from.Contact != r.ContactID:
		return nil, Invalid("original_quote_estimate_id", "It belongs to another contact.")
	}
	return from, nil
}
