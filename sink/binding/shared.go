package binding

import (
	"context"
	"fmt"
	"slices"

	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A sharer is a binding that shares a business with others.
type sharer struct {
	name, source string
	policy       policy.Policy
}

// checkShared refuses a binding that would post into a business what another one posts
// there too, or under the same references.
func checkShared(ctx context.Context, s Store, mine sharer, business string) error {
	if business == "" {
		return nil
	}
	all, err := s.Bindings(ctx)
	if err != nil {
		return err
	}
	for _, b := range all {
		if b.Name == mine.name || b.Business != business || b.State == work.Purged {
			continue
		}
		theirs, err := read(b)
		if err != nil {
			return err
		}
		if err := compatible(mine, sharer{b.Name, b.Source, theirs}); err != nil {
			return err
		}
	}
	return nil
}

func compatible(a, b sharer) error {
	if a.source == b.source {
		if overlap(a.policy.WebsiteFilter, b.policy.WebsiteFilter) && overlap(a.policy.StoreFilter, b.policy.StoreFilter) {
			return fmt.Errorf("bindings %s and %s would both post source %s into one business: give them website_filter or store_filter without a common id",
				a.name, b.name, a.source)
		}
		return nil
	}
	if work.SameReference(a.policy.InvoiceNumberPrefix, b.policy.InvoiceNumberPrefix) || a.policy.ContactPrefix == b.policy.ContactPrefix {
		return fmt.Errorf("bindings %s and %s post two sources into one business: give them different invoice_number_prefix and contact_prefix", a.name, b.name)
	}
	return nil
}

// overlap reports whether two filters let a common id through; an empty one lets all.
func overlap(a, b []int) bool {
	if len(a) == 0 || len(b) == 0 {
		return true
	}
	return slices.ContainsFunc(a, func(id int) bool { return slices.Contains(b, id) })
}
