package canonical

import (
	"fmt"
	"slices"

	"github.com/segmentio/encoding/json"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// A Kind is a kind of entity, and the last part of its topic's name.
type Kind string

// Kinds of entities.
const (
	KindCustomer   Kind = "customer"
	KindCompany    Kind = "company"
	KindOrder      Kind = "order"
	KindPayment    Kind = "payment"
	KindInvoice    Kind = "invoice"
	KindCreditMemo Kind = "creditmemo"
	KindEstimate   Kind = "estimate"
	KindProduct    Kind = "product"
	KindStock      Kind = "stock"
)

// A KindInfo holds what all stages have to know of a kind. What one stage does with a
// kind is in that stage's own table.
type KindInfo struct {
	Kind Kind
	// Domain is where the rows come from. The kind's topic has as many partitions as the
	// domain's raw topic.
	Domain change.Domain
	// Aggregate is the kind of root from which an entity is assembled.
	Aggregate string
	// New makes an empty entity.
	New func() Entity
}

// kinds is the one table of kinds. A kind that is not here is an error everywhere.
var kinds = []KindInfo{
	{KindCustomer, change.Customer, change.AggregateCustomer, func() Entity { return &Customer{} }},
	{KindCompany, change.Customer, change.AggregateCompany, func() Entity { return &Company{} }},
	{KindOrder, change.Sales, change.AggregateOrder, func() Entity { return &Order{} }},
	{KindPayment, change.Sales, change.AggregateOrder, func() Entity { return &Payment{} }},
	{KindInvoice, change.Sales, change.AggregateOrder, func() Entity { return &Invoice{} }},
	{KindCreditMemo, change.Sales, change.AggregateOrder, func() Entity { return &CreditMemo{} }},
	{KindEstimate, change.Sales, change.AggregateEstimate, func() Entity { return &Estimate{} }},
	{KindProduct, change.Catalog, change.AggregateProduct, func() Entity { return &Product{} }},
	{KindStock, change.Catalog, change.AggregateStock, func() Entity { return &Stock{} }},
}

// Kinds lists all kinds, in the order in which entities of one aggregate are
// emitted and taken in.
func Kinds() []KindInfo { return slices.Clone(kinds) }

// KindsOf lists the kinds of a domain in that order.
func KindsOf(d change.Domain) (all []Kind) {
	for _, info := range kinds {
		if info.Domain == d {
			all = append(all, info.Kind)
		}
	}
	return all
}

// An UnknownKindError is returned for a kind that is not in the table.
type UnknownKindError struct{ Kind Kind }

func (e *UnknownKindError) Error() string {
	return fmt.Sprintf("there is no kind of entity %q", e.Kind)
}

// Info returns the kind's row in the table, or an UnknownKindError.
func (k Kind) Info() (KindInfo, error) {
	i := slices.IndexFunc(kinds, func(info KindInfo) bool { return info.Kind == k })
	if i < 0 {
		return KindInfo{}, &UnknownKindError{k}
	}
	return kinds[i], nil
}

// Decode reads the value of a canonical record, with the id of a schema in front of it or
// without. It returns an UnknownKindError for a kind that is not in the table.
func Decode(k Kind, value []byte) (Entity, error) {
	info, err := k.Info()
	if err != nil {
		return nil, fmt.Errorf("decode entity: %w", err)
	}
	e := info.New()
	if err := json.Unmarshal(Text(value), e); err != nil {
		return nil, fmt.Errorf("decode %s: %w", k, err)
	}
	return e, nil
}
