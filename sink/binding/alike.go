package binding

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A NumberStore knows which numbers documents of several stores have.
type NumberStore interface {
	Bindings(ctx context.Context) ([]work.Binding, error)
	// NumbersOfSeveralStores lists the documents of a source, made at a time or later, whose
	// number a document of another store has too.
	NumbersOfSeveralStores(ctx context.Context, source string, since time.Time) ([]work.NumberedDocument, error)
}

// A coverage is a binding with what it lets through.
type coverage struct {
	work.Binding
	policy policy.Policy
	since  time.Time
}

// covers reports whether the binding posts a document as far as its scope goes.
func (c coverage) covers(d work.NumberedDocument) bool {
	allows := func(filter []int, id *int) bool { return len(filter) == 0 || id != nil && slices.Contains(filter, *id) }
	made, err := time.Parse(time.RFC3339, d.CreatedAt)
	return err == nil && !made.Before(c.since.Truncate(time.Second)) && allows(c.policy.WebsiteFilter, d.WebsiteID) && allows(c.policy.StoreFilter, &d.StoreID)
}

// CountAlike says which stores of a binding, and of those that share its business, have
// given one number to two documents that would get one reference in Sage: only the first
// of them is posted. Numbers that are still to come nobody knows.
func CountAlike(ctx context.Context, s NumberStore, name string) (warnings []string, err error) {
	sharing, err := sharingWith(ctx, s, name)
	if err != nil || len(sharing) == 0 {
		return nil, err
	}
	since := slices.MinFunc(sharing, func(a, b coverage) int { return a.since.Compare(b.since) }).since
	found, err := s.NumbersOfSeveralStores(ctx, sharing[0].Source, since.Truncate(time.Second))
	if err != nil {
		return nil, err
	}
	return alike(name, sharing, found), nil
}

// sharingWith are the bindings of a source that post into the business of one of them,
// that one among them. A binding without a business shares none.
func sharingWith(ctx context.Context, s NumberStore, name string) (sharing []coverage, err error) {
	all, err := s.Bindings(ctx)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(b work.Binding) bool { return b.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("binding %s: %w", name, work.ErrNoBinding)
	}
	for _, b := range all {
		if b.Name != name && (b.Business == "" || b.Business != all[i].Business || b.Source != all[i].Source) {
			continue
		}
		p, err := read(b)
		if err != nil {
			return nil, err
		}
		sharing = append(sharing, coverage{b, p, p.Since(b.ImportedAt)})
	}
	return sharing, nil
}

// A posting is a store whose documents a binding posts.
type posting struct {
	store   int
	binding string
}

// alike makes one warning for each set of stores that count alike, if the binding posts one
// of them.
func alike(name string, sharing []coverage, found []work.NumberedDocument) (warnings []string) {
	type reference struct{ kind, prefix, number string }
	have := map[reference][]posting{}
	var order []reference
	for _, d := range found {
		for _, c := range sharing {
			r := reference{string(d.Kind), work.ReferenceKey(c.policy.InvoiceNumberPrefix), work.ReferenceKey(d.Number)}
			p := posting{d.StoreID, c.Name}
			if !c.covers(d) || slices.Contains(have[r], p) {
				continue
			}
			if have[r] == nil {
				order = append(order, r)
			}
			have[r] = append(have[r], p)
		}
	}
	count, example := map[string]int{}, map[string]reference{}
	var sets []string
	for _, r := range order {
		if set := have[r]; len(set) > 1 && slices.ContainsFunc(set, func(p posting) bool { return p.binding == name }) {
			text := inWords(set)
			if count[text]++; count[text] == 1 {
				sets, example[text] = append(sets, text), r
			}
		}
	}
	for _, set := range sets {
		warnings = append(warnings, fmt.Sprintf("%s count alike: %d numbers, such as %s %s, are given twice, and only the first document of each is posted: "+
			"give each store a binding of its own (store_filter) with an invoice_number_prefix of its own",
			set, count[set], example[set].kind, resource.Sanitize(example[set].number, 50)))
	}
	return warnings
}

// inWords names stores with their bindings.
func inWords(set []posting) string {
	slices.SortFunc(set, func(a, b posting) int { return a.store - b.store })
	var all []string
	for _, p := range set {
		all = append(all, fmt.Sprintf("store %d (binding %s)", p.store, p.binding))
	}
	return strings.Join(all, " and ")
}
