package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// An Entity is a canonical entity as it is kept: its body unread, with the columns that
// people look for.
type Entity struct {
	Offset     int64 // of its record in the partition that Put is told of
	Source     string
	ID         canonical.ID
	OrderID    uint64 // 0 for customers
	WebsiteID  *int
	StoreID    *int
	CustomerID uint64 // 0 for guests
	Version    change.Version
	Deleted    bool
	Body       json.RawMessage
}

// Follows reports whether an entity takes the place of another version of itself: a newer
// one does. An id that Magento has used again stands under two orders, and the deletion
// under the one says nothing about what lives under the other, whichever is newer.
func (e Entity) Follows(before Entity) bool {
	if e.OrderID != before.OrderID && e.Deleted != before.Deleted {
		return before.Deleted
	}
	return !e.Version.Before(before.Version)
}

// A PartitionMark is a partition, how far it has been read, and what was set aside on the
// way there.
type PartitionMark struct {
	Topic     string
	Partition int
	Mark      topic.Bookmark
	SetAside  []Refusal
}

// Taken is what became of a batch of entities.
type Taken struct {
	New      int       // newer than what was there
	SetAside []Refusal // those of the mark, and what Postgres does not take
}

// Put keeps entities that are newer than what is there, schedules their sync items for
// planning in every binding of their source, and moves the bookmark, all in one
// transaction. An older one is dropped; the same again changes nothing. One that no column
// takes is set aside, and the others are kept. No id may occur twice in entities.
func (db *DB) Put(ctx context.Context, entities []Entity, at PartitionMark) (taken Taken, err error) {
	err = db.tx(ctx, func(tx pgx.Tx) error {
		var refused []Refusal
		if taken.New, refused, err = putOrRefuse(ctx, tx, entities); err != nil {
			return err
		}
		taken.SetAside = slices.Concat(at.SetAside, refused)
		if err := setAside(ctx, tx, at, taken.SetAside); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `
			INSERT INTO bookmarks (topic, partition, next_offset, before) VALUES ($1, $2, $3, $4)
			ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset, before = excluded.before`,
			at.Topic, at.Partition, at.Mark.Offset, at.Mark.Before)
		return err
	})
	if err != nil {
		return Taken{}, fmt.Errorf("put entities: %w", err)
	}
	return taken, nil
}

// putOrRefuse puts all entities at once. Where their data keeps Postgres from it, it puts
// each by itself, and returns those that fail again.
func putOrRefuse(ctx context.Context, tx pgx.Tx, entities []Entity) (changed int, refused []Refusal, err error) {
	changed, err = putTogether(ctx, tx, entities)
	if err == nil || !isAboutData(err) {
		return changed, nil, err
	}
	for _, e := range entities {
		n, err := putTogether(ctx, tx, []Entity{e})
		switch {
		case isAboutData(err):
			refused = append(refused, Refusal{Offset: e.Offset, Reason: explainData(err)})
		case err != nil:
			return 0, nil, err
		}
		changed += n
	}
	return changed, refused, nil
}

// putTogether leaves the transaction usable when it fails.
func putTogether(ctx context.Context, tx pgx.Tx, entities []Entity) (changed int, err error) {
	if len(entities) == 0 {
		return 0, nil
	}
	err = pgx.BeginFunc(ctx, tx, func(savepoint pgx.Tx) error {
		changed, err = put(ctx, savepoint, entities)
		return err
	})
	return changed, err
}

// put returns how many entities were new, whatever the number of their bindings. Numbers
// go out as text, so that one that no column takes is refused by Postgres like all others.
func put(ctx context.Context, tx pgx.Tx, entities []Entity) (changed int, err error) {
	c := columnsOf(entities)
	err = tx.QueryRow(ctx, `
		WITH taken AS (
			INSERT INTO entities AS e (source, id, kind, order_id, website_id, store_id, customer_id, epoch, sequence, body, deleted)
			SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]::bigint[], $5::text[]::int[], $6::text[]::int[],
				$7::text[]::bigint[], $8::numeric[], $9::numeric[], $10::text[]::jsonb[], $11::bool[])
			ON CONFLICT (source, id) DO UPDATE SET
				kind = excluded.kind, order_id = excluded.order_id, website_id = excluded.website_id, store_id = excluded.store_id,
				customer_id = excluded.customer_id, epoch = excluded.epoch, sequence = excluded.sequence,
				body = excluded.body, deleted = excluded.deleted, taken_at = now()
			WHERE CASE -- as Entity.Follows
				WHEN e.order_id IS DISTINCT FROM excluded.order_id AND e.deleted <> excluded.deleted THEN e.deleted
				ELSE (e.epoch, e.sequence) < (excluded.epoch, excluded.sequence)
					OR (e.epoch, e.sequence) = (excluded.epoch, excluded.sequence) AND e.body <> excluded.body END
			RETURNING e.source, e.id, e.kind),
		due AS (
			INSERT INTO sync_items (binding, id, kind)
			SELECT b.name, t.id, t.kind FROM taken t JOIN bindings b ON b.source = t.source ORDER BY t.id
			ON CONFLICT (binding, id) DO UPDATE SET plan_due_at = now())
		SELECT count(*) FROM taken`,
		c.sources, c.ids, c.kinds, c.orders, c.websites, c.stores, c.customers, c.epochs, c.sequences, c.bodies, c.deleted).Scan(&changed)
	return changed, err
}

// columns are entities as one array per column, for unnest.
type columns struct {
	sources, ids, kinds                 []string
	orders, customers, websites, stores []*string
	epochs, sequences, bodies           []string
	deleted                             []bool
}

func columnsOf(entities []Entity) (c columns) {
	for _, e := range entities {
		c.sources, c.ids, c.kinds = append(c.sources, e.Source), append(c.ids, string(e.ID)), append(c.kinds, string(e.ID.Kind()))
		c.orders, c.customers = append(c.orders, idOrNull(e.OrderID)), append(c.customers, idOrNull(e.CustomerID))
		c.websites, c.stores = append(c.websites, numberOrNull(e.WebsiteID)), append(c.stores, numberOrNull(e.StoreID))
		c.epochs, c.sequences = append(c.epochs, fmt.Sprint(e.Version.Epoch)), append(c.sequences, fmt.Sprint(e.Version.Sequence))
		c.bodies, c.deleted = append(c.bodies, string(e.Body)), append(c.deleted, e.Deleted)
	}
	return c
}

func idOrNull(id uint64) *string {
	if id == 0 {
		return nil
	}
	return numberOrNull(&id)
}

func numberOrNull[N int | uint64](n *N) *string {
	if n == nil {
		return nil
	}
	text := fmt.Sprint(*n)
	return &text
}

// Bookmark returns how far a partition has been read; the zero Bookmark when it
// never was.
func (db *DB) Bookmark(ctx context.Context, name string, partition int) (topic.Bookmark, error) {
	var mark topic.Bookmark
	err := db.pool.QueryRow(ctx, `SELECT next_offset, before FROM bookmarks WHERE topic = $1 AND partition = $2`, name, partition).
		Scan(&mark.Offset, &mark.Before)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return mark, fmt.Errorf("read bookmark: %w", err)
	}
	return mark, nil
}
