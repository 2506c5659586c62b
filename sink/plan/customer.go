package plan

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// customerInSage is what is known of a customer at Sage, and of what the customer bought.
type customerInSage struct {
	contacts []knownContact      // one for each currency
	newest   *canonical.Document // of a customer without default addresses, nil where there is none
}

// A knownContact is a contact that exists in Sage.
type knownContact struct {
	work.Xref
	creates work.History
	changes work.History
}

func readCustomer(c Case, e *canonical.Customer, s InSage) (in customerInSage, err error) {
	entity := string(c.Item.ID)
	found, err := s.Xrefs(work.XrefContact, entity)
	if err != nil {
		return in, err
	}
	for _, x := range found {
		contact := knownContact{Xref: x}
		if contact.creates, err = s.History(work.OperationKey{Kind: work.CreateContact, Entity: entity, Currency: x.Currency}); err != nil {
			return in, err
		}
		if contact.changes, err = s.History(work.OperationKey{Kind: work.ChangeContact, Entity: entity, Currency: x.Currency}); err != nil {
			return in, err
		}
		in.contacts = append(in.contacts, contact)
	}
	if len(in.contacts) > 0 {
		in.newest, err = readNewest(e, s)
	}
	return in, err
}

// decideCustomer changes the contacts that a customer has in Sage. It never makes one:
// that is for the first document that needs it. Where the shop has no default address they
// have those of the newest order. A deleted customer's contacts stay as
// they are.
func decideCustomer(c Case, e *canonical.Customer, in customerInSage) (work.Verdict, error) {
	switch {
	case e.Deleted:
		return skipped(work.IsDeleted).verdict(c.Item, c.Now), nil
	case len(in.contacts) == 0:
		end := skipped(work.NoContactYet)
		end.wake = true // a document that waits for a better customer
		return end.verdict(c.Item, c.Now), nil
	}
	// A customer counts as paid, so that a new policy does not plan all of them again.
	end := stop{state: work.ItemPosted, payment: work.Paid, wake: true}
	if c.WithoutPerson || in.newest != nil && isWithoutPerson(in.newest.Customer.Contact) {
		end.cancel = true // what nobody knows any more changes no contact
		return end.verdict(c.Item, c.Now), nil
	}
	for _, contact := range in.contacts {
		if anotherPerson(e, contact.Xref) {
			return personReplaced(contactKey{Entity: contact.Entity}, contact.Xref).verdict(c.Item, c.Now), nil
		}
		o, refused, err := changeContact(c, e, in.newest, contact)
		switch {
		case err != nil:
			return work.Verdict{}, err
		case refused:
			last, _ := contact.changes.Last()
			end.state, end.reason, end.hint, end.payment = work.ItemParked, work.ContactRefused, last.Hint, ""
			end.cancel = true
		case o.Kind == "": // nothing has changed
			end.cancel = true
		default:
			end.operations = append(end.operations, o)
		}
	}
	return end.verdict(c.Item, c.Now), nil
}

// changeContact compares a contact with what was last sent of it and makes the change of
// the fields that differ; the zero Operation where there are none. newest is that of
// customerInSage.
func changeContact(c Case, e *canonical.Customer, newest *canonical.Document, contact knownContact) (o work.Operation, refused bool, err error) {
	before, ok := contact.changes.Last()
	switch {
	case ok && before.State.UnderWay():
		return o, false, nil // its outcome plans the customer again
	case ok && before.State == work.Parked:
		return o, true, nil
	}
	wanted := newContact(profileOf(e, newest), c.Policy, slices.Concat(contact.creates, contact.changes))
	fields, err := wanted.Fields()
	if err != nil {
		return o, false, err
	}
	differing, err := differingFields(fields, contact.SentDigests)
	if err != nil || len(differing) == 0 {
		return o, false, err
	}
	if kept, err := keptOtherwise(contact.changes, differing); err != nil || kept {
		return o, false, err
	}
	o, refused, err = proposeContact(c.Binding, contactProposal{
		key:     work.OperationKey{Kind: work.ChangeContact, Entity: contact.Entity, Currency: contact.Currency},
		history: contact.changes, verb: "change", identity: changeIdentity(e, newest), fields: differing, person: personDigests(e.Contact),
	})
	o.Target, o.Reference = contact.SageID, contact.Reference
	return o, refused, err
}

// changeIdentity names a change in its idempotency id: the customer's version, and the order
// whose addresses it brings, because that changes without the customer.
func changeIdentity(e *canonical.Customer, newest *canonical.Document) []string {
	if newest == nil {
		return []string{e.Version.String()}
	}
	return []string{e.Version.String(), fmt.Sprintf("order:%d", newest.OrderID)}
}

// keptOtherwise reports whether these very fields were changed twice in a row and differ
// all the same: Sage writes them in a form of its own, and a third time would not help.
func keptOtherwise(changes work.History, fields resource.ContactFields) (bool, error) {
	hash, err := hashOf(fields)
	if err != nil || len(changes) < 2 {
		return false, err
	}
	for _, o := range changes[len(changes)-2:] {
		if o.State != work.Confirmed || o.BodyHash != hash {
			return false, nil
		}
	}
	return true, nil
}

// differingFields are the fields whose digest is not the one that was sent.
func differingFields(fields resource.ContactFields, sent json.RawMessage) (resource.ContactFields, error) {
	before := map[string]string{}
	if err := json.Unmarshal(sent, &before); err != nil {
		return nil, fmt.Errorf("read digests of contact: %w", err)
	}
	now, err := fieldDigests(fields)
	if err != nil {
		return nil, err
	}
	differing := resource.ContactFields{}
	for name, digest := range now {
		if before[name] != digest {
			differing[name] = fields[name]
		}
	}
	return differing, nil
}
