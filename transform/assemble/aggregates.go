package assemble

import (
	"fmt"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
)

// aggregateRules are what transform does with one kind of aggregate.
type aggregateRules struct {
	kind string // the first part of its roots, such as "order"
	// assemble makes the entities that the living rows describe, and names orphans.
	assemble func(aggregateRows, Reference) (Assembly, error)
	// dependsOnReference says that its entities are assembled again when reference data
	// change. An order's documents are not: they keep the store and group of their time,
	// unless these were missing or made no sense (kindRules.lacks).
	dependsOnReference bool
	// dependsOnTime says that they change at some moments without any row (Assembly.Until).
	dependsOnTime bool
}

// aggregates is the one table of aggregates. A root of another kind is an error.
var aggregates = []aggregateRules{customerAggregate, companyAggregate, orderAggregate, estimateAggregate, productAggregate, stockAggregate}

// An UnknownAggregateError says that a root belongs to a kind of aggregate for which
// this version has no rules.
type UnknownAggregateError struct{ Root change.Root }

func (e *UnknownAggregateError) Error() string {
	return fmt.Sprintf("root %q: this version assembles nothing of an aggregate %q", e.Root, e.Root.Kind())
}

// Reads reports whether Assemble makes anything of the rows of a table.
func Reads(table string) bool {
	return orderTables[table] != nil || customerTables[table] != nil || table == companyTable || estimateTables[table] != nil || productTables[table] != nil || stockTables[table] != nil
}

// CheckRoot returns an UnknownAggregateError for a root that Assemble has no rules for.
func CheckRoot(root change.Root) error {
	_, err := aggregateOf(root)
	return err
}

func aggregateOf(root change.Root) (aggregateRules, error) {
	i := slices.IndexFunc(aggregates, func(a aggregateRules) bool { return a.kind == root.Kind() })
	if i < 0 {
		return aggregateRules{}, &UnknownAggregateError{root}
	}
	return aggregates[i], nil
}

// Aggregates lists the kinds of aggregates in a domain.
func Aggregates(d change.Domain) (kinds []string) {
	for _, info := range canonical.Kinds() {
		if info.Domain == d && !slices.Contains(kinds, info.Aggregate) {
			kinds = append(kinds, info.Aggregate)
		}
	}
	return kinds
}

// ReferenceDependents lists those of them whose entities change with reference data.
func ReferenceDependents(d change.Domain) (kinds []string) {
	return aggregatesWith(d, func(a aggregateRules) bool { return a.dependsOnReference })
}

// TimeDependents lists those of them whose entities change as time passes.
func TimeDependents(d change.Domain) (kinds []string) {
	return aggregatesWith(d, func(a aggregateRules) bool { return a.dependsOnTime })
}

func aggregatesWith(d change.Domain, rule func(aggregateRules) bool) (kinds []string) {
	return slices.DeleteFunc(Aggregates(d), func(kind string) bool {
		return !slices.ContainsFunc(aggregates, func(a aggregateRules) bool { return a.kind == kind && rule(a) })
	})
}
