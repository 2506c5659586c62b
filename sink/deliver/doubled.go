package deliver

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// DoubledIn lists what stands in lists more than once and may be meant once, whoever made it: live
// documents and contacts of one reference in whatever spelling, payments of one type, reference,
// amount and day, allocations of one credit note, amount, day and invoices.
func DoubledIn(l sage.Lists) (all []work.Duplicate) {
	groups := Alike(l)
	for _, id := range slices.Sorted(maps.Keys(groups)) {
		if g := groups[id]; len(g.Objects) > 1 {
			slices.SortFunc(g.Objects, func(a, b work.Doubled) int {
				return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.SageID, b.SageID))
			})
			all = append(all, g)
		}
	}
	return all
}

// Alike puts all live things of lists that are to be one together; most are alone. What has no
// reference is nobody's.
func Alike(l sage.Lists) map[string]work.Duplicate {
	books, groups, seen := NewBooks(l), map[string]work.Duplicate{}, map[string]bool{}
	add := func(key string, o work.Doubled) {
		if key == "" || o.Void || seen[string(o.Kind)+o.SageID] {
			return
		}
		seen[string(o.Kind)+o.SageID] = true
		g := groups[string(o.Kind)+"|"+key]
		g.Kind, g.Key, g.Objects = o.Kind, key, append(g.Objects, o)
		groups[string(o.Kind)+"|"+key] = g
	}
	for _, s := range books.Standing() {
		if s.Kind != work.AllocateCreditNote {
			add(keyOf(s), work.Doubled{Standing: s})
		}
	}
	for _, a := range l.Allocations {
		if len(a.Artefacts) > 0 && a.DeletedAt == "" {
			add(books.allocationKey(a))
		}
	}
	return groups
}

// keyOf is the same for things that are to be one; "" of what has no reference.
func keyOf(s work.Standing) string {
	key := work.ReferenceKey(s.Reference)
	if key == "" || s.Kind != work.CreatePayment && s.Kind != work.RefundCreditNote {
		return key
	}
	return strings.Join([]string{key, s.Total.Fixed(2), s.Date}, "|")
}

// allocationKey is that of what an allocation allocates: the credit note comes last.
func (b *Books) allocationKey(a resource.ContactAllocation) (string, work.Doubled) {
	o := work.Doubled{Standing: b.allocationStanding(a), Of: a.Artefacts[len(a.Artefacts)-1].Artefact.ID}
	total := a.Artefacts[len(a.Artefacts)-1].Amount.Neg()
	o.Total, o.Date = &total, a.Date
	parts := []string{o.Of, a.Date}
	for _, named := range a.Artefacts {
		parts = append(parts, fmt.Sprintf("%s=%s", named.Artefact.ID, named.Amount.Fixed(2)))
	}
	slices.Sort(parts[2:])
	return strings.Join(parts, "|"), o
}
