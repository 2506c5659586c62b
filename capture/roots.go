package capture

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// rememberedParents bounds the parents kept of one table, about 100 bytes each.
const rememberedParents = 200_000

// roots finds the aggregate of a row: from its own column, or through its parent,
// which the stream has shown or one SELECT finds.
type roots struct {
	shop    shop
	parents map[string]*lru.Cache[uint64, uint64] // parent table → primary key → root id
}

func newRoots(s shop) (*roots, error) {
	r := &roots{shop: s, parents: map[string]*lru.Cache[uint64, uint64]{}}
	for _, t := range magento.Tables {
		if p := t.Root.Parent; p != "" && r.parents[p] == nil {
			cache, err := lru.New[uint64, uint64](rememberedParents)
			if err != nil {
				return nil, fmt.Errorf("remember parents: %w", err)
			}
			r.parents[p] = cache
		}
	}
	return r, nil
}

// learn keeps the root of a row that others may hang on.
func (r *roots) learn(t magento.Table, img *row.Image) {
	cache := r.parents[t.Name]
	if cache == nil {
		return
	}
	id, ok := number(img.PK)
	root, rooted := number(img.Root)
	if ok && rooted {
		cache.Add(id, root)
	}
}

// of gives the root of a row. ok is false for an orphan: its parent is gone.
func (r *roots) of(ctx context.Context, t magento.Table, img *row.Image) (root change.Root, ok bool, err error) {
	if t.Root.Column == "" {
		return "", true, nil
	}
	id, ok := number(img.Root)
	if !ok {
		return "", false, nil
	}
	if t.Root.Parent != "" {
		if id, ok, err = r.through(ctx, t.Root.Parent, id); err != nil || !ok {
			return "", false, err
		}
	}
	return change.NewRoot(t.Root.Kind, id), true, nil
}

// through asks for the root of a parent.
func (r *roots) through(ctx context.Context, parent string, id uint64) (root uint64, ok bool, err error) {
	cache := r.parents[parent]
	if root, ok = cache.Get(id); ok {
		return root, true, nil
	}
	table, _ := magento.ByName(parent)
	query := "SELECT " + quote(table.Root.Column) + " FROM " + r.shop.qualified(parent) + " WHERE " + quote(table.PK[0]) + " = ?"
	var found sql.Null[uint64]
	err = r.shop.db.QueryRowContext(ctx, query, id).Scan(&found)
	if errors.Is(err, sql.ErrNoRows) || err == nil && !found.Valid {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("look up the root of %s: %w", parent, err)
	}
	cache.Add(id, found.V)
	return found.V, true, nil
}

// number reads the JSON of an id; NULL is none.
func number(json []byte) (uint64, bool) {
	n, err := strconv.ParseUint(string(json), 10, 64)
	return n, err == nil
}
