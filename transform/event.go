package transform

import (
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	store "github.com/mage2sage/mage2sage/transform/state"
)

// eventType says what happened to an entity, for people and data teams:
//
//	invoice.created .paid .cancelled .updated .deleted
//	creditmemo.created .updated .deleted
//	customer.upserted .deleted
func eventType(e canonical.Entity, before store.Emitted) string {
	kind := e.ID().Kind()
	return string(kind) + "." + happened(kind, e.Head().Deleted, stateOf(e), before)
}

func happened(kind canonical.Kind, deleted bool, state string, before store.Emitted) string {
	switch {
	case deleted:
		return "deleted"
	case kind == canonical.KindCustomer:
		return "upserted"
	case before.State == "" || before.Deleted:
		return "created"
	case kind == canonical.KindInvoice && state != before.State && state != canonical.Open:
		return state // paid, cancelled
	}
	return "updated"
}

// stateOf is a document's state; a customer has one as well, so that "" means that
// nothing was emitted.
func stateOf(e canonical.Entity) string {
	switch e := e.(type) {
	case *canonical.Invoice:
		return e.State
	case *canonical.CreditMemo:
		return e.State
	}
	return "known"
}

func foots(e canonical.Entity) bool {
	if e.Head().Deleted {
		return true
	}
	switch e := e.(type) {
	case *canonical.Invoice:
		return e.Balance.OK
	case *canonical.CreditMemo:
		return e.Balance.OK
	}
	return true
}

// deleted is the last state of an entity that is gone. It names the entity and
// nothing of what it said: a customer who was deleted is not published once more.
func deleted(id canonical.ID, root change.Root) canonical.Entity {
	head := canonical.Envelope{MagentoEntityID: id.Number(), Deleted: true}
	order, _ := root.Number()
	switch id.Kind() {
	case canonical.KindInvoice:
		return &canonical.Invoice{Envelope: head, Document: deletedDocument(id, order)}
	case canonical.KindCreditMemo:
		return &canonical.CreditMemo{Envelope: head, Document: deletedDocument(id, order), Invoices: []uint64{}}
	}
	return &canonical.Customer{Envelope: head, Contact: canonical.Contact{MagentoID: id.Number(), Addresses: []canonical.Address{}}}
}

func deletedDocument(id canonical.ID, order uint64) canonical.Document {
	return canonical.Document{
		MagentoID: id.Number(), OrderID: order, Lines: []canonical.Line{},
		Customer: canonical.Contact{Addresses: []canonical.Address{}},
	}
}
