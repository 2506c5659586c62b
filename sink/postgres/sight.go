package postgres

import (
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A sight is what a plan has seen of what other plans write. Plans that are made together see
// nothing of each other's verdicts: one that would have is made again.
type sight struct {
	histories  map[historyKey]bool
	references map[referenceKey]bool
	// documents are those whose sync items were read, or which have operations that were
	// read: their own plans may have cancelled them.
	documents map[documentKey]bool
}

type historyKey struct {
	binding string
	work.OperationKey
}

type referenceKey struct {
	business string
	kind     work.OperationKind
	key      string
}

type documentKey struct {
	binding string
	id      canonical.ID
}

func (s *sight) history(binding string, key work.OperationKey, found work.History) {
	note(&s.histories, historyKey{binding, key})
	for _, o := range found {
		note(&s.documents, documentKey{binding, canonical.ID(o.Item)})
	}
}

func (s *sight) reference(business string, kind work.OperationKind, key string, holder *work.Holder) {
	note(&s.references, referenceKey{business, kind, key})
	if holder != nil {
		note(&s.documents, documentKey{holder.Binding, canonical.ID(holder.Entity)})
	}
}

func (s *sight) items(binding string, ids []canonical.ID) {
	for _, id := range ids {
		note(&s.documents, documentKey{binding, id})
	}
}

func note[K comparable](set *map[K]bool, key K) {
	if *set == nil {
		*set = map[K]bool{}
	}
	(*set)[key] = true
}

// isOvertakenBy reports whether a decision would perhaps be another one after the verdict of
// an earlier one was written: that one writes what this one has seen, or wakes its item.
func (d decision) isOvertakenBy(earlier decision) bool {
	if d.asked.documents[documentKey{earlier.Item.Binding, earlier.Item.ID}] {
		return true
	}
	for _, o := range earlier.verdict.Operations {
		if d.asked.histories[historyKey{earlier.Binding.Name, o.OperationKey}] ||
			d.asked.references[referenceKey{earlier.Binding.Business, o.Kind, work.ReferenceKey(o.Reference)}] {
			return true
		}
	}
	id := string(earlier.Item.ID)
	return earlier.Item.Binding == d.Item.Binding && (d.Item.WaitsFor == id || earlier.verdict.PlanToo == d.Item.ID)
}
