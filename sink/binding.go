package sink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/mage2sage/mage2sage/schemas/strict"
	"github.com/mage2sage/mage2sage/sink/store"
)

// bindingFile is a binding as people write it.
type bindingFile struct {
	Binding string `yaml:"binding"`
	Source  string `yaml:"source"`
	Policy  Policy `yaml:"policy"`
}

// ImportBinding reads a binding from YAML and writes it; file is only named in
// errors. What is not in it has its default. Documents that are not settled are
// planned again, so a mapping that was missing heals what it parked.
func ImportBinding(ctx context.Context, s *store.Store, file string, data []byte) (store.Binding, error) {
	f := bindingFile{Policy: DefaultPolicy()}
	if err := strict.Decode(file, data, &f); err != nil {
		return store.Binding{}, err
	}
	if f.Binding == "" || f.Source == "" {
		return store.Binding{}, fmt.Errorf("%s: binding and source need a name each, such as binding: shop-uk and source: shop", file)
	}
	f.Policy = f.Policy.canonical()
	if err := f.Policy.Validate(); err != nil {
		return store.Binding{}, fmt.Errorf("%s: %w", file, err)
	}
	if err := checkAgainstOthers(ctx, s, f); err != nil {
		return store.Binding{}, fmt.Errorf("%s: %w", file, err)
	}
	policy, err := json.Marshal(f.Policy)
	if err != nil {
		return store.Binding{}, fmt.Errorf("write policy: %w", err)
	}
	return s.PutBinding(ctx, f.Binding, f.Source, policy)
}

// checkAgainstOthers holds a binding against the one of its name and those of its
// business.
func checkAgainstOthers(ctx context.Context, s *store.Store, f bindingFile) error {
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

// ExportBinding writes a binding as YAML that ImportBinding reads.
func ExportBinding(ctx context.Context, s *store.Store, name string) ([]byte, error) {
	b, err := s.Binding(ctx, name)
	if err != nil {
		return nil, err
	}
	policy, err := policyOf(b)
	if err != nil {
		return nil, err
	}
	if policy.SyncSince == nil {
		policy.SyncSince = &b.ImportedAt
	}
	text, err := yaml.Marshal(bindingFile{b.Name, b.Source, policy})
	if err != nil {
		return nil, fmt.Errorf("write binding: %w", err)
	}
	return text, nil
}

// A BindingInfo is a binding as it is listed.
type BindingInfo struct {
	Name          string `json:"binding"`
	Source        string `json:"source"`
	Business      string `json:"business,omitempty"`
	BusinessName  string `json:"business_name,omitempty"`
	BaseCurrency  string `json:"base_currency,omitempty"`
	State         string `json:"state"` // new connected forbidden needs_reauth
	Hint          string `json:"hint,omitempty"`
	PolicyVersion int    `json:"policy_version"`
}

// ListBindings lists all bindings by name.
func ListBindings(ctx context.Context, s *store.Store) ([]BindingInfo, error) {
	all, err := s.Bindings(ctx)
	if err != nil {
		return nil, err
	}
	out := []BindingInfo{}
	for _, b := range all {
		out = append(out, infoOf(b))
	}
	return out, nil
}

func infoOf(b store.Binding) BindingInfo {
	info := BindingInfo{b.Name, b.Source, b.Business, b.BusinessName, b.BaseCurrency, string(b.State), b.Hint, b.PolicyVersion}
	if b.State == store.New {
		info.Hint = strings.TrimSpace("run mage2sage connect --binding " + b.Name)
	}
	return info
}

// ShowBinding is one binding with its policy as YAML.
func ShowBinding(ctx context.Context, s *store.Store, name string) (BindingInfo, []byte, error) {
	b, err := s.Binding(ctx, name)
	if err != nil {
		return BindingInfo{}, nil, err
	}
	text, err := ExportBinding(ctx, s, name)
	return infoOf(b), text, err
}
