package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// InSage is what we know of an entity and its neighbours at Sage: operations,
// confirmed or in flight, and the objects that they made.
type InSage interface {
	// History returns every operation under a key, oldest revision first.
	History(work.OperationKey) (work.History, error)
	// Xrefs returns an entity's objects of a type, in every currency.
	Xrefs(t work.XrefType, entity string) ([]work.Xref, error)
	// Holder returns who else in the business has a document's reference, in Sage or on the
	// way there; nil where nobody has. Two plans that ask for one reference go one by one.
	Holder(kind work.OperationKind, reference string) (*work.Holder, error)
	// Items returns the sync items of other entities in the same binding.
	Items([]canonical.ID) (map[canonical.ID]work.SyncItem, error)
	// CreditMemos returns the ids of an order's credit memos, oldest first.
	CreditMemos(order uint64) ([]canonical.ID, error)
	// Entity returns the newest version of another entity, nil when it never arrived.
	Entity(canonical.ID) (json.RawMessage, error)
	// NewestDocument returns an invoice or credit memo of the newest order that a registered
	// customer has one of; "" and nil where there is none.
	NewestDocument(customer uint64) (canonical.ID, json.RawMessage, error)
}

// A Case is what every decision depends on, besides the entity.
type Case struct {
	Now     time.Time
	Binding work.Binding
	Policy  policy.Policy
	Item    work.SyncItem
	// ReadBefore says that a database that is lost had read the entity.
	ReadBefore bool
	// WithoutPerson says that nobody knows any more who bought.
	WithoutPerson bool
}

// A row of the table says how entities of one kind are planned.
type row struct {
	kind canonical.Kind
	// quiet items are shown to people only when they are parked.
	quiet  bool
	decide func(Case, canonical.Entity, InSage) (work.Verdict, error)
}

// table is the one table of the kinds that the sink brings to Sage.
var table = []row{
	{canonical.KindCustomer, true, by(readCustomer, decideCustomer)},
	{canonical.KindInvoice, false, by(readInvoice, decideInvoice)},
	{canonical.KindCreditMemo, false, by(readCreditMemo, decideCreditMemo)},
}

// by joins what is to be read of Sage for a kind with how to decide.
func by[E canonical.Entity, F any](read func(Case, E, InSage) (F, error), decide func(Case, E, F) (work.Verdict, error)) func(Case, canonical.Entity, InSage) (work.Verdict, error) {
	return func(c Case, e canonical.Entity, s InSage) (work.Verdict, error) {
		entity, ok := e.(E)
		if !ok {
			return work.Verdict{}, fmt.Errorf("the plan of %s was given a %T", c.Item.ID, e)
		}
		found, err := read(c, entity, s)
		if err != nil {
			return work.Verdict{}, err
		}
		return decide(c, entity, found)
	}
}

// Kinds lists the kinds of entities that the sink brings to Sage.
func Kinds() (all []canonical.Kind) {
	for _, r := range table {
		all = append(all, r.kind)
	}
	return all
}

// Elsewhere lists the kinds that books know nothing of: data teams read them, and the sink does
// not.
func Elsewhere() []canonical.Kind {
	return []canonical.Kind{canonical.KindCompany, canonical.KindOrder, canonical.KindPayment, canonical.KindEstimate, canonical.KindProduct, canonical.KindStock}
}

// QuietKinds lists the kinds whose items are shown to people only when they are parked.
func QuietKinds() (all []canonical.Kind) {
	for _, r := range table {
		if r.quiet {
			all = append(all, r.kind)
		}
	}
	return all
}

// Decide says what is to be done about a sync item that is due. It returns a
// canonical.UnknownKindError for a kind that is not in the table.
func Decide(now time.Time, due work.Due, s InSage) (work.Verdict, error) {
	i := slices.IndexFunc(table, func(r row) bool { return r.kind == due.Item.ID.Kind() })
	if i < 0 {
		return work.Verdict{}, fmt.Errorf("plan: %w", &canonical.UnknownKindError{Kind: due.Item.ID.Kind()})
	}
	entity, err := decode(table[i].kind, due.Body)
	if err != nil {
		return work.Verdict{}, err
	}
	knobs, err := policy.Read(due.Binding.Policy)
	if err != nil {
		return work.Verdict{}, fmt.Errorf("binding %s: %w", due.Binding.Name, err)
	}
	return table[i].decide(Case{now, due.Binding, knobs, due.Item, due.ReadBefore, due.WithoutPerson}, entity, s)
}

// decode reads an entity as Sage may be told of it.
func decode(k canonical.Kind, body json.RawMessage) (canonical.Entity, error) {
	body, err := resource.Printable(body)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", k, err)
	}
	return canonical.Decode(k, body)
}
