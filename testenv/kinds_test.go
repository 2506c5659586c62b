package testenv_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/transform/assemble"
)

// tablesOfKinds are the tables that say what is done with each kind of entity, one
// in each place that has to know.
func tablesOfKinds() map[string][]canonical.Kind {
	tables := map[string][]canonical.Kind{
		"transform/assemble": assemble.Kinds(),
		"sink/plan":          append(plan.Kinds(), plan.Elsewhere()...),
	}
	for _, info := range canonical.Kinds() {
		if canonical.Schema(info.Kind) != nil {
			tables["the JSON Schemas"] = append(tables["the JSON Schemas"], info.Kind)
		}
	}
	return tables
}

// gaps lists the kinds that a table lacks, and those that it has on top.
func gaps(all []canonical.Kind, tables map[string][]canonical.Kind) (found []string) {
	for name, have := range tables {
		for _, k := range all {
			if !slices.Contains(have, k) {
				found = append(found, fmt.Sprintf("%s does not say what is done with a %s", name, k))
			}
		}
		for _, k := range have {
			if !slices.Contains(all, k) {
				found = append(found, fmt.Sprintf("%s speaks of a %s, and there is no such kind", name, k))
			}
		}
	}
	return found
}

func allKinds() (all []canonical.Kind) {
	for _, info := range canonical.Kinds() {
		all = append(all, info.Kind)
	}
	return all
}

func TestEveryTableHasEveryKind(t *testing.T) {
	for _, gap := range gaps(allKinds(), tablesOfKinds()) {
		t.Error(gap)
	}
}

func TestAKindThatOneTableLacksIsFound(t *testing.T) {
	for name := range tablesOfKinds() {
		t.Run(name, func(t *testing.T) {
			tables := tablesOfKinds()
			tables[name] = tables[name][1:]
			if got := gaps(allKinds(), tables); len(got) != 1 {
				t.Errorf("found %q, want the one kind that is missing", got)
			}
		})
	}
	if got := gaps(append(allKinds(), "parcel"), tablesOfKinds()); len(got) != len(tablesOfKinds()) {
		t.Errorf("found %q, want every table to lack the parcel", got)
	}
}

// Each kind is assembled from rows that capture publishes: of its domain, under its
// aggregate.
func TestEveryKindsAggregateHasTablesInItsDomain(t *testing.T) {
	for _, info := range canonical.Kinds() {
		t.Run(string(info.Kind), func(t *testing.T) {
			if got := info.New().ID().Kind(); got != info.Kind {
				t.Errorf("its constructor makes a %s", got)
			}
			if !slices.ContainsFunc(magento.InDomain(info.Domain), func(table magento.Table) bool { return table.Root.Kind == info.Aggregate }) {
				t.Errorf("no table of %s has rows of %s", info.Domain, info.Aggregate)
			}
		})
	}
}
