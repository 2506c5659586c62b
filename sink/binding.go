package sink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/mage2sage/mage2sage/sink/store"
)

// A BindingFile is a binding as people write it.
type BindingFile struct {
	Binding string `yaml:"binding"`
	Source  string `yaml:"source"`
	Policy  Policy `yaml:"policy"`
}

// NewBindingFile is a binding in which everything that is not set has its default.
func NewBindingFile() BindingFile { return BindingFile{Policy: DefaultPolicy()} }

// ImportBinding writes a binding. Documents that are not settled are planned again,
// so a mapping that was missing heals what it parked.
func ImportBinding(ctx context.Context, s *store.Store, f BindingFile) (store.Binding, error) {
	if f.Binding == "" || f.Source == "" {
		return store.Binding{}, errors.New("binding and source need a name each, such as binding: shop-uk and source: shop")
	}
	f.Policy = f.Policy.canonical()
	if err := f.Policy.Validate(); err != nil {
		return store.Binding{}, err
	}
	if err := checkAgainstOthers(ctx, s, f); err != nil {
		return store.Binding{}, err
	}
	policy, err := json.Marshal(f.Policy)
	if err != nil {
		return store.Binding{}, fmt.Errorf("write policy: %w", err)
	}
	return s.PutBinding(ctx, f.Binding, f.Source, policy)
}

// checkAgainstOthers holds a binding against the one of its name and those of its
// business.
func checkAgainstOthers(ctx context.Context, s *store.Store, f BindingFile) error {
	have, err := s.Binding(ctx, f.Binding)
	switch {
	case errors.Is(err, store.ErrNoBinding):
		return nil
	case err != nil:
		return err
	case have.Source != f.Source:
		return fmt.Errorf("binding %s belongs to source %s: give the binding of source %s another name", f.Binding, have.Source, f.Source)
	}
	have.Policy, err = json.Marshal(f.Policy)
	if err != nil {
		return err
	}
	return checkShared(ctx, s, have, have.Business)
}

// checkShared refuses a binding that would post into a business what another one
// posts there too, or under the same references.
func checkShared(ctx context.Context, s *store.Store, b store.Binding, business string) error {
	if business == "" {
		return nil
	}
	all, err := s.Bindings(ctx)
	if err != nil {
		return err
	}
	mine, err := policyOf(b)
	if err != nil {
		return err
	}
	for _, other := range all {
		if other.Name == b.Name || other.Business != business {
			continue
		}
		theirs, err := policyOf(other)
		if err != nil {
			return err
		}
		if err := compatible(b, mine, other, theirs); err != nil {
			return err
		}
	}
	return nil
}

func compatible(a store.Binding, mine Policy, b store.Binding, theirs Policy) error {
	if a.Source == b.Source {
		if overlap(mine.WebsiteFilter, theirs.WebsiteFilter) && overlap(mine.StoreFilter, theirs.StoreFilter) {
			return fmt.Errorf("bindings %s and %s would both post source %s into one business: give them website_filter or store_filter without a common id",
				a.Name, b.Name, a.Source)
		}
		return nil
	}
	if mine.InvoiceNumberPrefix == theirs.InvoiceNumberPrefix || mine.ContactPrefix == theirs.ContactPrefix {
		return fmt.Errorf("bindings %s and %s post two sources into one business: give them different invoice_number_prefix and contact_prefix", a.Name, b.Name)
	}
	return nil
}

// overlap tells whether two filters let a common id through; an empty one lets all.
func overlap(a, b []int) bool {
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	return slices.ContainsFunc(a, func(id int) bool { return slices.Contains(b, id) })
}

// ExportBinding is a binding as ImportBinding takes it.
func ExportBinding(b store.Binding) (BindingFile, error) {
	policy, err := policyOf(b)
	if err != nil {
		return BindingFile{}, err
	}
	if policy.SyncSince == nil {
		policy.SyncSince = &b.ImportedAt
	}
	return BindingFile{b.Name, b.Source, policy}, nil
}
