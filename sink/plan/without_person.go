package plan

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

// WithoutPerson is an entity as later plans need it once it is settled: ids, numbers, amounts, rates,
// dates and states. Who bought, and where to, is left out: each field that stays is named here. In the
// place of the e-mail address stands its digest, by which a plan sees whether the buyer is another.
func WithoutPerson(id canonical.ID, body json.RawMessage) (json.RawMessage, error) {
	entity, err := canonical.Decode(id.Kind(), body)
	if err != nil {
		return nil, err
	}
	switch e := entity.(type) {
	case *canonical.Invoice:
		return json.Marshal(&canonical.Invoice{Envelope: e.Envelope, Document: documentWithout(e.Document), Payment: e.Payment})
	case *canonical.CreditMemo:
		return json.Marshal(&canonical.CreditMemo{
			Envelope: e.Envelope, Document: documentWithout(e.Document), InvoiceID: e.InvoiceID, InvoiceIncrementID: e.InvoiceIncrementID,
			InvoiceCreatedAt: e.InvoiceCreatedAt, Invoices: e.Invoices, AdjustmentPositive: e.AdjustmentPositive, AdjustmentNegative: e.AdjustmentNegative,
			RefundedToStoreCredit: e.RefundedToStoreCredit, TransactionID: e.TransactionID,
		})
	case *canonical.Customer:
		return json.Marshal(&canonical.Customer{Envelope: e.Envelope, Contact: personWithout(e.Contact), IsActive: e.IsActive, Store: e.Store})
	}
	return nil, fmt.Errorf("nothing says what plans need of a %s", id.Kind())
}

func documentWithout(d canonical.Document) canonical.Document {
	out := canonical.Document{Heading: headingWithout(d.Heading), Sums: d.Sums, Lines: make([]canonical.Line, len(d.Lines))}
	for n, l := range d.Lines {
		l.Name = ""
		out.Lines[n] = l
	}
	out.PONumber = ""
	if s := d.Shipping; s != nil {
		out.Shipping = &canonical.Charge{NetAmount: s.NetAmount, TaxAmount: s.TaxAmount, Tax: s.Tax}
	}
	out.Adjustments = nil
	for _, a := range d.Adjustments {
		a.Description = ""
		out.Adjustments = append(out.Adjustments, a)
	}
	return out
}

func headingWithout(h canonical.Heading) canonical.Heading {
	return canonical.Heading{
		MagentoID: h.MagentoID, IncrementID: h.IncrementID, OrderID: h.OrderID, OrderIncrementID: h.OrderIncrementID, State: h.State,
		Currency: h.Currency, BaseCurrency: h.BaseCurrency, BaseToOrderRate: h.BaseToOrderRate, CreatedAt: h.CreatedAt, Store: h.Store,
		Customer: canonical.Buyer{Contact: personWithout(h.Customer.Contact), WebsiteID: h.Customer.WebsiteID}, CompanyID: h.CompanyID,
	}
}

func personWithout(c canonical.Contact) canonical.Contact {
	out := canonical.Contact{MagentoID: c.MagentoID, GroupID: c.GroupID, Addresses: []canonical.Address{}, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
	if digest := emailDigest(c.Email); digest != "" {
		out.Email = digestMark + digest
	}
	return out
}

// digestMark begins what stands in the place of an e-mail address.
const digestMark = "sha256:"

var markedDigest = regexp.MustCompile(`^` + digestMark + `([0-9a-f]{24})$`)

// isWithoutPerson reports whether a contact is one of personWithout.
func isWithoutPerson(c canonical.Contact) bool { return markedDigest.MatchString(c.Email) }

// emailDigest is the digest of an e-mail address, or the one that stands in its place; "" where
// there is neither.
func emailDigest(email string) string {
	if digest := markedDigest.FindStringSubmatch(email); digest != nil {
		return digest[1]
	}
	if email = strings.ToLower(strings.TrimSpace(email)); email == "" {
		return ""
	}
	return digestOf(email)
}

// personKnown parks a document that is to be posted, and of which nobody knows any more who bought:
// it was settled before, as for another binding or by another policy.
func personKnown(c Case) stop {
	if !c.WithoutPerson {
		return stop{}
	}
	return parked(work.ParkReason{Reason: work.PersonalDataDropped, Hint: fmt.Sprintf(
		"its names and addresses were dropped when it was settled: mage2sage replay --key %s brings them again from its topic, unless the person's data was erased; "+
			"else post it in Sage by hand and type mage2sage document settle", c.Item.ID)})
}
