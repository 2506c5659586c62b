package plan

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// contactInSage is what is known at Sage of the contact that a document belongs to.
type contactInSage struct {
	key      contactKey
	sageID   string              // "" until it is there
	xref     work.Xref           // once it is there
	creates  work.History        // unread once it is there
	customer *canonical.Customer // as the shop knows it, nil where it does not
	newest   *canonical.Document // of a customer without default addresses, nil where there is none
}

func readContact(key contactKey, s InSage) (in contactInSage, err error) {
	in.key = key
	found, err := s.Xrefs(work.XrefContact, key.Entity)
	if err != nil {
		return in, err
	}
	for _, x := range found {
		if x.Currency == key.Currency {
			in.sageID, in.xref = x.SageID, x
		}
	}
	if in.sageID == "" {
		if in.creates, err = s.History(key.create()); err != nil {
			return in, err
		}
	}
	body, err := s.Entity(canonical.ID(key.Entity))
	if err != nil || body == nil {
		return in, err
	}
	known, err := decode(canonical.KindCustomer, body)
	in.customer, _ = known.(*canonical.Customer)
	if err != nil || in.customer == nil {
		return in, err
	}
	if isWithoutPerson(in.customer.Contact) && !in.customer.Deleted {
		in.customer = nil // who it is stands in the document alone
		return in, nil
	}
	in.newest, err = readNewest(in.customer, s)
	return in, err
}

// contactFor is the contact of a document: its id in Sage, or a stop that waits for it,
// with the operation that makes it.
func contactFor(c Case, d *canonical.Document, in contactInSage) (sageID string, end stop, err error) {
	if in.sageID != "" {
		return knownContactFor(c, d, in)
	}
	before, ok := in.creates.Last()
	end = waiting(work.WaitsForContact, in.key.Entity, "")
	switch {
	case ok && (before.State.UnderWay() || before.State == work.Planned):
		return "", end, nil
	case ok && before.State == work.Parked: // nobody knows yet whether the contact is in Sage
		end = parked(work.ParkReason{Reason: work.Reason(before.Reason), Hint: "its contact: " + before.Hint})
		end.waitsFor = in.key.Entity
		return "", end, nil
	}
	o, refused, err := createContact(c, d, in)
	switch {
	case err != nil:
		return "", stop{}, err
	case refused:
		return "", withoutContact(in.key, before), nil
	}
	end.operations = []work.Operation{o}
	return "", end, nil
}

// knownContactFor is a contact that is in Sage, unless it is somebody else's.
func knownContactFor(c Case, d *canonical.Document, in contactInSage) (sageID string, end stop, err error) {
	if anotherPerson(in.customer, in.xref) {
		return "", personReplaced(in.key, in.xref), nil
	}
	if end := personIsClear(c, d, in); end.found() {
		return "", end, nil
	}
	return in.sageID, stop{}, nil
}

// alsoPlans is the customer whose contact has its addresses from the newest order, where the
// document is of that order; "" of all others.
func (in contactInSage) alsoPlans(d *canonical.Document) canonical.ID {
	if in.newest == nil || in.newest.OrderID != d.OrderID {
		return ""
	}
	return canonical.ID(in.key.Entity)
}

// withoutContact parks a document whose contact Sage has refused. It still waits for the
// contact: a change of the customer may heal it.
func withoutContact(key contactKey, refused work.Operation) stop {
	end := parked(work.ParkReason{Reason: work.ContactRefused, Hint: "its contact was refused: " + refused.Hint})
	end.waitsFor = key.Entity
	return end
}

// createContact makes a contact from the customer where the shop knows it, else from the
// order's own columns.
func createContact(c Case, d *canonical.Document, in contactInSage) (o work.Operation, refused bool, err error) {
	taken := refusals(in.creates, "reference")
	buyer := buyerOf(d, in)
	contact := contactOf(in.key, buyer, c.Policy, in.creates)
	contact.CurrencyID = in.key.Currency
	contact.Reference = in.key.reference(c.Policy, c.Binding.Source, c.Binding.BaseCurrency, taken)
	fields, err := contact.Fields()
	if err != nil {
		return o, false, err
	}
	o, refused, err = proposeContact(c.Binding, contactProposal{key: in.key.create(), history: in.creates, verb: "create", fields: fields, person: personDigests(buyer)})
	o.Reference = contact.Reference
	return o, refused, err
}

// A contactProposal creates or changes fields of a contact.
type contactProposal struct {
	key      work.OperationKey
	history  work.History
	verb     string
	identity []string // besides the contact's own
	fields   resource.ContactFields
	person   map[string]string // who it is, kept with the digests of its fields
}

// proposeContact makes an operation with the digests by which a change is seen later.
func proposeContact(b work.Binding, p contactProposal) (o work.Operation, refused bool, err error) {
	digests, err := fieldDigests(p.fields)
	if err != nil {
		return o, false, err
	}
	o, refused, err = propose(b, proposal{
		key: p.key, history: p.history, verb: p.verb, object: "contact", identity: append([]string{p.key.Entity + "/" + p.key.Currency}, p.identity...),
		content: p.fields, body: p.fields.Body,
	})
	if err != nil {
		return o, false, err
	}
	maps.Copy(digests, p.person)
	o.SentDigests, err = json.Marshal(digests)
	return o, refused, err
}

// fieldDigests are what is kept of a contact's fields: enough to see that one has
// changed, and nothing that could be read.
func fieldDigests(fields resource.ContactFields) (map[string]string, error) {
	out := map[string]string{}
	for name, value := range fields {
		digest, err := hashOf(value)
		if err != nil {
			return nil, fmt.Errorf("digest of %s: %w", name, err)
		}
		out[name] = digest
	}
	return out, nil
}

// refusals counts how often Sage has refused a field.
func refusals(history work.History, field string) (n int) {
	for _, o := range history {
		if o.State == work.Refused && strings.Contains(o.SourceField, field) {
			n++
		}
	}
	return n
}
