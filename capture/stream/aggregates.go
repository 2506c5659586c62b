package stream

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// rememberedParents bounds the parents kept of one table, about 100 bytes each. An
// invoice is followed by its items at once, so that nearly every look-up is of a
// recent parent; an older one costs a SELECT.
const rememberedParents = 200_000

// aggregates finds the aggregate of a row: from its own column, or through its
// parent, which the stream has shown or a look-up finds.
type aggregates struct {
	lookup  Lookup
	parents map[string]*lru.Cache[uint64, uint64] // parent table → primary key → root id
}

func newAggregates(lookup Lookup) (*aggregates, error) {
	a := &aggregates{lookup: lookup, parents: map[string]*lru.Cache[uint64, uint64]{}}
	for _, t := range magento.Tables {
		for _, p := range []string{t.Root.Parent, t.InStaging().Root.Parent} {
			if p == "" || a.parents[p] != nil {
				continue
			}
			cache, err := lru.New[uint64, uint64](rememberedParents)
			if err != nil {
				return nil, fmt.Errorf("remember parents: %w", err)
			}
			a.parents[p] = cache
		}
	}
	return a, nil
}

// A MovedParentError says that a row got another root, on which rows may hang that the log
// says nothing of: they have another root now too.
type MovedParentError struct{ Table string }

func (e *MovedParentError) Error() string {
	return fmt.Sprintf("a row of %s was moved to another order or customer, and the rows that hang on it with it", e.Table)
}

// isParent reports whether rows of other tables find their root through this one.
func (a *aggregates) isParent(t magento.Table) bool { return a.parents[t.Name] != nil }

// learn keeps the root of a row that others may hang on, unless they know it themselves: the
// row is its own root.
func (a *aggregates) learn(t magento.Table, img *row.Image) {
	if cache := a.parents[t.Name]; cache != nil && t.PK[0] != t.Root.Column {
		remember(cache, img.PK, img.Root)
	}
}

// learnParent keeps the root that a snapshot has read together with a child. A parent that it
// has not found was deleted since the stream has shown it, and is looked up again.
func (a *aggregates) learnParent(t magento.Table, r *row.SnapshotRow) {
	cache := a.parents[t.Root.Parent]
	if cache == nil {
		return
	}
	if id, ok := parseID(r.Image.Root); ok && r.ParentRoot == nil {
		cache.Remove(id)
	}
	remember(cache, r.Image.Root, r.ParentRoot)
}

func remember(cache *lru.Cache[uint64, uint64], id, root []byte) {
	n, ok := parseID(id)
	r, rooted := parseID(root)
	if ok && rooted {
		cache.Add(n, r)
	}
}

// rootOf gives the root of a row, and remembers it for the rows that hang on this one.
// ok is false for an orphan: its parent is gone.
func (a *aggregates) rootOf(ctx context.Context, t magento.Table, img *row.Image) (root change.Root, ok bool, err error) {
	a.learn(t, img)
	if t.Root.Column == "" {
		return "", true, nil
	}
	if t.Root.Kind == change.AggregateStock {
		sku, ok := parseText(img.Root)
		return change.NewStockRoot(sku), ok, nil
	}
	id, ok := parseID(img.Root)
	if !ok {
		return "", false, nil
	}
	if t.Root.Parent != "" {
		if id, ok, err = a.viaParent(ctx, t.Root, id); err != nil || !ok {
			return "", false, err
		}
	}
	return change.NewRoot(t.Root.Kind, id), true, nil
}

// viaParent finds the root of a parent. That there is none is not remembered: the
// parent may come yet.
func (a *aggregates) viaParent(ctx context.Context, rule magento.RootRule, id uint64) (root uint64, ok bool, err error) {
	cache := a.parents[rule.Parent]
	if root, ok = cache.Get(id); ok {
		return root, true, nil
	}
	if root, ok, err = a.lookup.RootOfParent(ctx, rule, id); err != nil || !ok {
		return 0, false, err
	}
	cache.Add(id, root)
	return root, true, nil
}

// parseID reads the JSON of an id; NULL is none.
func parseID(text []byte) (uint64, bool) {
	n, err := strconv.ParseUint(string(text), 10, 64)
	return n, err == nil
}

// parseText reads the JSON of a text; NULL is none.
func parseText(text []byte) (s string, ok bool) {
	err := json.Unmarshal(text, &s)
	return s, err == nil && len(text) > 0 && text[0] == '"'
}
