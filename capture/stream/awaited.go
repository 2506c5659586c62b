package stream

import (
	"fmt"
	"slices"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A row that hangs on a parent which is in no table has no root, and stays out of the
// topics: nobody could tell its partition. Its parent is awaited, by table and primary key.
// When it comes after all, the rows that were left out are brought by a snapshot.
// Those of a table stand in the order in which they were missed.
type awaitedParents map[string][]uint64

// maxAwaited bounds the parents of a table that are remembered, which are in every
// checkpoint. Old shops have orphans whose parents never come, so the newest are kept: who
// writes rows before their parents writes both in one go.
const maxAwaited = 500

// A LateParentError says that a row came after rows that hang on it.
type LateParentError struct{ Table string }

func (e *LateParentError) Error() string {
	return fmt.Sprintf("a row of %s came after rows that hang on it, which were left out without it", e.Table)
}

func newAwaited(saved map[string][]uint64) awaitedParents {
	a := awaitedParents{}
	for table, ids := range saved {
		for _, id := range ids {
			a.add(table, id)
		}
	}
	return a
}

func (a awaitedParents) add(table string, id uint64) {
	ids := a[table]
	if slices.Contains(ids, id) {
		return
	}
	if len(ids) >= maxAwaited {
		ids = slices.Delete(ids, 0, 1)
	}
	a[table] = append(ids, id)
}

// orphan notes a row that the log or a snapshot has brought and that has no root.
func (a awaitedParents) orphan(t magento.Table, img *row.Image) {
	if id, ok := parseID(img.Root); ok && t.Root.Parent != "" {
		a.add(t.Root.Parent, id)
	}
}

// came returns a LateParentError for a row that is awaited.
func (a awaitedParents) came(t magento.Table, img *row.Image) error {
	if len(a[t.Name]) == 0 {
		return nil
	}
	if id, ok := parseID(img.PK); ok && slices.Contains(a[t.Name], id) {
		return &LateParentError{t.Name}
	}
	return nil
}

// deleted forgets a parent whose delete the log has brought: it was there when its row came,
// and what it leaves is found out as for every deleted parent.
func (a awaitedParents) deleted(t magento.Table, img *row.Image) {
	if len(a[t.Name]) == 0 {
		return
	}
	if id, ok := parseID(img.PK); ok {
		a[t.Name] = slices.DeleteFunc(a[t.Name], func(one uint64) bool { return one == id })
	}
}

// saved is what a checkpoint says of it.
func (a awaitedParents) saved() (all map[string][]uint64) {
	for table, ids := range a {
		if len(ids) == 0 {
			continue
		}
		if all == nil {
			all = map[string][]uint64{}
		}
		all[table] = slices.Clone(ids)
	}
	return all
}
