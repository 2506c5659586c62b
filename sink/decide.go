package sink

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/store"
)

// A Case is everything that a decision about one entity depends on.
type Case struct {
	Now      time.Time
	Binding  store.Binding
	Policy   Policy
	Document store.Document
	Entity   canonical.Entity
	Books    Books
}

// Books are what stands in Sage of an entity's surroundings, or is on its way.
type Books struct {
	Self     []store.Operation // creates of the document, by revision
	Payments []store.Operation // of the document

	Contact        *store.Xref         // of the document's customer, in its currency
	ContactHistory []store.Operation   // creates of that contact, by revision
	Customer       *canonical.Customer // as the shop knows it, nil where it does not

	Invoices map[canonical.ID]store.Document // of a credit memo's order

	Contacts []store.Xref                 // of a customer, in all currencies
	Creates  map[string][]store.Operation // that made those contacts, by currency
	Changes  map[string][]store.Operation // of those contacts, by currency
}

// Decide says what is to be done about an entity. It asks nobody: the same case
// has the same verdict.
func Decide(c Case) (store.Verdict, error) {
	switch e := c.Entity.(type) {
	case *canonical.Invoice:
		return decideInvoice(c, e)
	case *canonical.CreditMemo:
		return decideCreditMemo(c, e)
	case *canonical.Customer:
		return decideCustomer(c, e)
	}
	return store.Verdict{}, fmt.Errorf("no plan for a %T", c.Entity)
}

// verdict is a verdict on the document as it is.
func (c Case) verdict(state store.DocumentState, reason Reason, hint string) store.Verdict {
	d := c.Document
	d.State, d.Reason, d.Hint, d.WaitsFor, d.WaitingSince = state, string(reason), hint, "", nil
	return store.Verdict{Document: d}
}

// keep changes nothing: a call is under way, and its outcome comes first.
func (c Case) keep() store.Verdict { return store.Verdict{Document: c.Document} }

// skip and park also cancel what was planned and never sent.
func (c Case) skip(r Reason) store.Verdict {
	v := c.verdict(store.DocumentSkipped, r, "")
	v.Cancel = true
	return v
}

func (c Case) park(r Reason, hint string) store.Verdict {
	v := c.verdict(store.DocumentParked, r, hint)
	v.Cancel = true
	return v
}

// wait is for an entity, or with "" for a newer version of this one.
func (c Case) wait(r Reason, entity, hint string) store.Verdict {
	v := c.verdict(store.DocumentWaiting, r, hint)
	v.Document.WaitsFor = entity
	v.Document.WaitingSince = c.Document.WaitingSince
	if v.Document.WaitingSince == nil || c.Document.Reason != string(r) {
		v.Document.WaitingSince = &c.Now
	}
	return v
}

// perform has an operation made or its content replaced.
func (c Case) perform(v store.Verdict, o store.Operation) store.Verdict {
	v.Operations = append(v.Operations, o)
	return v
}

// last is the newest revision of an operation.
func last(history []store.Operation) (o store.Operation, ok bool) {
	if len(history) == 0 {
		return o, false
	}
	return history[len(history)-1], true
}

// revision is that of the operation to make: the last one's while it was not
// settled, else the next.
func revision(history []store.Operation) int {
	o, ok := last(history)
	switch {
	case !ok:
		return 1
	case o.State == store.Planned || o.State == store.Cancelled:
		return o.Revision
	}
	return o.Revision + 1
}

// again tells whether content that Sage has refused would be sent once more: only
// when the policy was imported again in between, which is how a person says so.
func (c Case) again(history []store.Operation, hash string) bool {
	o, ok := last(history)
	return ok && o.State == store.Refused && o.BodyHash == hash && o.PolicyVersion == c.Binding.PolicyVersion
}

// hashOf is the digest of a body without its idempotency id.
func hashOf(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}

// facts is the digest of what a posted document is compared by later: its money
// and nothing else.
func facts(d *canonical.Document) string {
	h := sha256.New()
	line := func(name string, amounts ...money.Amount) {
		fmt.Fprint(h, name)
		for _, a := range amounts {
			fmt.Fprint(h, "|", a.Fixed(4))
		}
		fmt.Fprintln(h)
	}
	line(d.Currency, d.GrandTotal, d.TaxAmount)
	for _, l := range d.Lines {
		line(fmt.Sprint(l.LineID, l.TaxPercent), l.Qty, l.NetAmount, l.LineTax)
	}
	if s := d.Shipping; s != nil {
		line("shipping"+s.TaxPercent, s.NetAmount, s.TaxAmount)
	}
	for _, a := range d.Adjustments {
		line(string(a.Kind)+a.TaxPercent, a.NetAmount, a.TaxAmount)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
