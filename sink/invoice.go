package sink

import (
	"fmt"
	"strconv"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/store"
)

// described notes on the document what people look for.
func (c Case) described(d *canonical.Document) (Case, error) {
	total := targetOf(d, partsOf(d, c.Policy)).total()
	c.Document.Number, c.Document.Currency, c.Document.MagentoTotal = d.IncrementID, d.Currency, &total
	if c.Document.Dated == "" && d.CreatedAt != "" {
		date, err := dateIn(d.CreatedAt, d.Store)
		if err != nil {
			return c, fmt.Errorf("date of the document: %w", err)
		}
		c.Document.Dated = date
	}
	return c, nil
}

// decideInvoice brings an invoice into the books, then its payment.
func decideInvoice(c Case, i *canonical.Invoice) (store.Verdict, error) {
	c, err := c.described(&i.Document)
	if err != nil {
		return c.park(DateUnreadable, err.Error()), nil
	}
	if c.Document.SageID != "" {
		return decidePosted(c, i)
	}
	if v := c.underWay(); v != nil {
		return *v, nil
	}
	if v := c.admit(&i.Envelope, &i.Document); v != nil {
		return *v, nil
	}
	lines, target, trouble := compose(&i.Document, c.Policy)
	if trouble != nil {
		return c.park(trouble.Reason, trouble.Hint), nil
	}
	contact, v, err := c.contactFor(&i.Document)
	if err != nil || v != nil {
		return deref(v), err
	}
	return c.post(store.CreateInvoice, &i.Document, target, func(id string) (any, bodied) {
		n := resource.NewInvoice{DocumentHead: c.head(&i.Document, contact, ""), Lines: lines}
		n.IdempotencyID = id
		return n, n
	})
}

func deref(v *store.Verdict) store.Verdict {
	if v == nil {
		return store.Verdict{}
	}
	return *v
}

// underWay is the verdict while the document's create has an open end.
func (c Case) underWay() *store.Verdict {
	o, ok := last(c.Books.Self)
	switch {
	case ok && o.State == store.InDoubt:
		return verdictOf(c.wait(WaitsForAnAnswer, "", ""))
	case ok && o.State == store.Sending:
		return verdictOf(c.keep())
	case ok && o.State == store.Parked:
		return verdictOf(c.verdict(store.DocumentParked, Reason(o.Reason), o.Hint))
	}
	return nil
}

// head is what invoices and credit notes share.
func (c Case) head(d *canonical.Document, contact, credited string) resource.DocumentHead {
	main, delivery := documentAddresses(d)
	return resource.DocumentHead{
		ContactID: contact, Date: c.Document.Dated, Reference: documentReference(c.Policy.InvoiceNumberPrefix, d.IncrementID),
		Notes: notes(d, credited), CurrencyID: d.Currency, ExchangeRate: c.exchangeRate(d), MainAddress: main, DeliveryAddress: delivery,
	}
}

// post plans the create of a document, unless Sage has refused just that.
func (c Case) post(kind store.OperationKind, d *canonical.Document, t target, build func(idempotencyID string) (any, bodied)) (store.Verdict, error) {
	entity, rev := string(c.Document.ID), revision(c.Books.Self)
	content, _ := build("")
	hash, err := hashOf(content)
	if err != nil {
		return store.Verdict{}, err
	}
	if c.again(c.Books.Self, hash) {
		refused, _ := last(c.Books.Self)
		return c.park(RefusedBySage, refused.Hint), nil
	}
	id := idempotencyID(c.Binding.Business, "create", string(c.Document.ID.Kind()), c.Binding.Source, strconv.FormatUint(d.MagentoID, 10), strconv.Itoa(rev))
	_, request := build(id)
	body, err := request.Body()
	if err != nil {
		return store.Verdict{}, err
	}
	total := t.total()
	return c.perform(c.verdict(store.DocumentPlanned, "", ""), store.Operation{
		Thing: store.Thing{Kind: kind, Entity: entity}, Revision: rev, Priority: documentOrder, IdempotencyID: id,
		Reference: documentReference(c.Policy.InvoiceNumberPrefix, d.IncrementID), Body: body, BodyHash: hash,
		Facts: fmt.Appendf(nil, `{"money":%q}`, facts(d)), Total: &total, Tax: &t.Tax,
	}), nil
}

// decidePosted compares a posted invoice with what was sent, and pays it.
func decidePosted(c Case, i *canonical.Invoice) (store.Verdict, error) {
	if v := c.changed(&i.Envelope, &i.Document); v != nil {
		return *v, nil
	}
	if c.Document.Payment == store.Paid || i.Payment == nil {
		return c.verdict(store.DocumentPosted, "", ""), nil
	}
	return c.pay(i)
}

// changed is the verdict on a posted document that is not what was sent any more.
func (c Case) changed(h *canonical.Envelope, d *canonical.Document) *store.Verdict {
	switch {
	case c.Document.Reason == string(TotalMismatch):
		return verdictOf(c.keep())
	case h.Deleted: // never touches Sage
		return verdictOf(c.verdict(store.DocumentPosted, "", "deleted in Magento after it was posted"))
	case d.State == canonical.Cancelled:
		return verdictOf(c.park(ChangedAfterPosting, "cancelled in Magento after it was posted: void it in Sage, or write a credit note"))
	case c.Document.Facts != facts(d):
		return verdictOf(c.park(ChangedAfterPosting, "amounts changed in Magento after it was posted: correct it in Sage by hand"))
	}
	return nil
}

// pay plans the receipt, allocated to the invoice in the same call.
func (c Case) pay(i *canonical.Invoice) (store.Verdict, error) {
	unpaid := c.verdict(store.DocumentPosted, "", "")
	unpaid.Document.Payment = store.Unpaid
	bank, amount := c.Policy.bank(i.Payment.Method), i.GrandTotal.Round(2)
	before, ok := last(c.Books.Payments)
	switch {
	case ok && before.State.UnderWay():
		return unpaid, nil
	case ok && before.State == store.Parked:
		return c.park(Reason(before.Reason), before.Hint), nil
	case bank == "" || amount.Sign() <= 0:
		unpaid.Cancel = true
		return unpaid, nil
	}
	o, trouble, err := c.payment(i, bank, amount)
	switch {
	case err != nil:
		return store.Verdict{}, err
	case trouble != nil:
		return c.park(trouble.Reason, trouble.Hint), nil
	case c.again(c.Books.Payments, o.BodyHash):
		v := c.park(PaymentRefused, before.Hint)
		v.Document.Payment = store.Unpaid
		return v, nil
	}
	return c.perform(unpaid, o), nil
}

func (c Case) payment(i *canonical.Invoice, bank string, amount money.Amount) (o store.Operation, trouble *problem, err error) {
	date, err := dateIn(i.Payment.CapturedAt, i.Store)
	if err != nil {
		return o, &problem{DateUnreadable, "captured_at is no date: look at the invoice in Magento"}, nil
	}
	n := resource.NewPayment{
		TransactionTypeID: resource.CustomerReceipt, ContactID: c.Document.Contact, BankAccountID: bank, Date: date, TotalAmount: amount,
		Reference: documentReference(c.Policy.InvoiceNumberPrefix, i.IncrementID), CurrencyID: i.Currency, ExchangeRate: c.exchangeRate(&i.Document),
		AllocatedArtefacts: []resource.Allocation{{ArtefactID: c.Document.SageID, Amount: amount}},
	}
	o = store.Operation{
		Thing: store.Thing{Kind: store.CreatePayment, Entity: string(c.Document.ID)}, Revision: revision(c.Books.Payments),
		Priority: paymentFirst, Reference: n.Reference, Total: &amount,
	}
	if o.BodyHash, err = hashOf(n); err != nil {
		return o, nil, err
	}
	n.IdempotencyID = idempotencyID(c.Binding.Business, "create", "payment", c.Binding.Source, strconv.FormatUint(i.MagentoID, 10), strconv.Itoa(o.Revision))
	o.IdempotencyID = n.IdempotencyID
	o.Body, err = n.Body()
	return o, nil, err
}
