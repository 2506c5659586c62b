package assemble

import (
	"fmt"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// kindRules are what transform does with the entities of one kind.
type kindRules struct {
	kind canonical.Kind
	// goneWith names the tables of which a deleted row takes the entity along.
	goneWith []string
	// single says that a root has one entity of the kind, so that another id is a former
	// spelling of its own.
	single bool
	// deletion is the last state of an entity that is gone. It names the entity and
	// nothing of what it said: a customer who was deleted is not published once more.
	deletion func(canonical.ID, change.Root) canonical.Entity
	// state is the state of an entity that exists. It is never "": that means that
	// nothing was emitted.
	state func(canonical.Entity) string
	// event is the last part of the event's name for an entity that is not deleted.
	event func(before Previous, state string) string
	// foots reports whether the entity's totals add up; one without totals does.
	foots func(canonical.Entity) bool
	// lacks reports whether reference data that the entity needs were not there, or make no
	// sense.
	lacks func(canonical.Entity) bool
}

// kinds is the one table of what transform does with each kind. Another kind is an
// error.
var kinds = []kindRules{customerKind, companyKind, orderKind, paymentKind, invoiceKind, creditMemoKind, estimateKind, productKind, stockKind}

// Kinds lists the kinds of entities for which there are rules.
func Kinds() (all []canonical.Kind) {
	for _, rules := range kinds {
		all = append(all, rules.kind)
	}
	return all
}

func kindOf(k canonical.Kind) (kindRules, error) {
	i := slices.IndexFunc(kinds, func(rules kindRules) bool { return rules.kind == k })
	if i < 0 {
		return kindRules{}, fmt.Errorf("%w that transform assembles", &canonical.UnknownKindError{Kind: k})
	}
	return kinds[i], nil
}

// Previous is what was last emitted of an entity; the zero value when nothing was.
type Previous struct {
	State   string
	Deleted bool
	// Read says that a snapshot brought the entity: the log does not tell how it came about,
	// or has told it in a topic that is gone.
	Read bool
}

// emitted reports whether consumers know the entity as one that exists.
func (p Previous) emitted() bool { return p.State != "" && !p.Deleted }

// A Summary is what is said of an entity beside its content.
type Summary struct {
	// Event says what happened, for people and data teams:
	//
	//	order.created .updated .cancelled .refunded .deleted
	//	payment.created .captured .refunded .voided .updated .deleted
	//	invoice.created .paid .cancelled .updated .deleted
	//	creditmemo.created .updated .deleted
	//	estimate.created .updated .ordered .expired .declined .closed .deleted
	//	customer.upserted .deleted
	//	company.created .updated .deleted
	//	product.created .updated .deleted
	//	stock.changed .deleted
	//
	// An entity that was not known, and that a snapshot brought, is <kind>.snapshot.
	Event string
	// Read says that the event is that.
	Read bool
	// State is the Previous.State of the next event.
	State string
	// Foots reports whether the entity's totals add up.
	Foots bool
	// Lacking reports whether it is to be assembled again when reference data change.
	Lacking bool
}

// Created reports whether the log told of the insert of an entity's own row, of the rows of
// its root.
func Created(id canonical.ID, rows []Row) bool {
	rules, err := kindOf(id.Kind())
	info, unknown := id.Kind().Info()
	if err != nil || unknown != nil {
		return false
	}
	alone := string(info.Kind) == info.Aggregate // the root has no other entity of the kind
	return slices.ContainsFunc(rows, func(r Row) bool {
		return r.Created && slices.Contains(rules.goneWith, r.Table) && (alone || r.PK == ownKey(id, r.Table))
	})
}

// ownKey is the primary key of an entity's row in the table of its kind; the root's own
// table has another column for it, or another number.
func ownKey(id canonical.ID, table string) string {
	t, _ := magento.ByName(table)
	if t.Root.Column == t.PK[0] {
		return ""
	}
	return fmt.Sprintf(`{"%s":%d}`, t.PK[0], id.Number())
}

// Summarize says what happened to an entity since the previous emission.
func Summarize(e canonical.Entity, before Previous) (Summary, error) {
	rules, err := kindOf(e.ID().Kind())
	if err != nil {
		return Summary{}, err
	}
	s := Summary{State: rules.state(e), Foots: true}
	if e.Head().Deleted {
		s.Event = string(rules.kind) + ".deleted"
		return s, nil
	}
	s.Read = !before.emitted() && before.Read
	s.Event = string(rules.kind) + "." + rules.event(before, s.State)
	if s.Read {
		s.Event = string(rules.kind) + ".snapshot"
	}
	s.Foots, s.Lacking = rules.foots(e), rules.lacks(e)
	return s, nil
}

// of makes a rule for one type of entity a rule for entities.
func of[E canonical.Entity, V any](rule func(E) V) func(canonical.Entity) V {
	return func(e canonical.Entity) V { return rule(e.(E)) }
}
