package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
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
	// WithoutPerson says that names, addresses and the like were taken out of the body.
	WithoutPerson bool
	// Person names who it is about, PersonAsOf is when it says so (RFC 3339, "" where that is not known), and
	// Cut takes the person out of the body, where the person was erased.
	Person     []string
	PersonAsOf string
	Cut        func(canonical.ID, json.RawMessage) (json.RawMessage, error)
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

// OlderThan reports whether an entity is an older version that says something else.
func (e Entity) OlderThan(newer Entity) bool {
	return e.Version.Before(newer.Version) && (e.OrderID == newer.OrderID || e.Deleted == newer.Deleted) && !sameContent(e.Body, newer.Body)
}

// sameContent compares bodies without what each version has of its own.
func sameContent(a, b json.RawMessage) bool {
	var one, other map[string]any
	if json.Unmarshal(a, &one) != nil || json.Unmarshal(b, &other) != nil {
		return false
	}
	for _, own := range []string{"version", "occurred_at"} {
		delete(one, own)
		delete(other, own)
	}
	return reflect.DeepEqual(one, other)
}

// A PartitionMark is a partition, how far it has been read, and what was set aside on the
// way there.
type PartitionMark struct {
	Topic     string
	Partition int
	Pipeline  Pipeline // that wrote what was read
	ReadAgain bool     // all of it was read before, so that older versions are no news
	// ReadBefore is the offset below which another database had read, see NoteReadBefore.
	ReadBefore int64
	From       topic.Bookmark // what is kept now: where this process began, or its last Mark
	Mark       topic.Bookmark
	SetAside   []Refusal
}

// Taken is what became of a batch of entities.
type Taken struct {
	New      int       // newer than what was there
	SetAside []Refusal // those of the mark, and what Postgres does not take
}

// Put keeps entities that are newer than what is there, schedules their sync items for
// planning in every binding of their source, and moves the bookmark, all in one
// transaction. An older one is dropped, and set aside where its content is another and it
// was not read before; the same again changes nothing. One that no column takes is set
// aside, and the others are kept. No id may occur twice in entities. It returns an
// OtherPrefixError, and takes nothing, where a source is taken from other topics, and
// ErrReadOn where another process has read on from the same bookmark.
func (db *DB) Put(ctx context.Context, entities []Entity, at PartitionMark) (taken Taken, err error) {
	err = db.tx(ctx, func(tx pgx.Tx) error {
		if err := moveBookmark(ctx, tx, at); err != nil {
			return err
		}
		var refused []Refusal
		if taken.New, refused, err = putOrRefuse(ctx, tx, entities, at); err != nil {
			return err
		}
		taken.SetAside = slices.Concat(at.SetAside, refused)
		return setAside(ctx, tx, at, taken.SetAside)
	})
	if err != nil {
		return Taken{}, fmt.Errorf("put entities: %w", err)
	}
	return taken, nil
}

// ErrReadOn is returned to a process that has slept, or lost its partition without knowing:
// another one has read on, or the partition is to be read anew.
var ErrReadOn = errors.New("the bookmark is not where this process left it")

// moveBookmark moves the bookmark from where this process left it, and nowhere else.
func moveBookmark(ctx context.Context, tx pgx.Tx, at PartitionMark) error {
	tag, err := tx.Exec(ctx, `
		INSERT INTO bookmarks AS b (topic, partition, next_offset, before)
		SELECT $1::text, $2::int, $3::bigint, $4::text
		WHERE $5::bigint = 0 AND $6::text = '' OR EXISTS (SELECT FROM bookmarks WHERE topic = $1 AND partition = $2)
		ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset, before = excluded.before
		WHERE (b.next_offset, b.before) = ($5::bigint, $6::text)`,
		at.Topic, at.Partition, at.Mark.Offset, at.Mark.Before, at.From.Offset, at.From.Before)
	if err == nil && tag.RowsAffected() == 0 {
		err = ErrReadOn
	}
	return err
}

// putOrRefuse puts all entities at once. Where their data keeps Postgres from it, it puts
// each by itself, and returns those that fail again.
func putOrRefuse(ctx context.Context, tx pgx.Tx, entities []Entity, at PartitionMark) (changed int, refused []Refusal, err error) {
	if hasPerson(entities) {
		if err := withoutErased(ctx, tx, entities); err != nil {
			return 0, nil, err
		}
	}
	c, err := columnsOf(ctx, tx, entities, at)
	if err != nil {
		return 0, nil, err
	}
	done, err := putTogether(ctx, tx, c)
	if err != nil && !isAboutData(err) {
		return 0, nil, err
	}
	if err != nil {
		for _, one := range c.each() {
			alone, err := putTogether(ctx, tx, one)
			switch {
			case isAboutData(err):
				refused = append(refused, Refusal{Offset: one.offsets[0], Reason: explainData(err)})
			case err != nil:
				return 0, nil, err
			}
			done.changed, done.older = done.changed+alone.changed, append(done.older, alone.older...)
		}
	}
	for _, offset := range done.older {
		if !at.ReadAgain {
			refused = append(refused, Refusal{Offset: offset, Reason: OlderVersion})
		}
	}
	return done.changed, refused, nil
}

// OlderVersion is no fault of the record: what is there is newer. But nobody who keeps the
// contract writes an older version after a newer one.
const OlderVersion = "a newer version of the entity came before it, with other content"

// outcome is how many entities were new, and the offsets of those that were older than
// what is there and said something else.
type outcome struct {
	changed int
	older   []int64
}

// putTogether leaves the transaction usable when it fails.
func putTogether(ctx context.Context, tx pgx.Tx, c columns) (done outcome, err error) {
	if len(c.ids) == 0 {
		return done, nil
	}
	err = pgx.BeginFunc(ctx, tx, func(savepoint pgx.Tx) error {
		done, err = put(ctx, savepoint, c)
		return err
	})
	return done, err
}

// put counts an entity once, whatever the number of its bindings. Numbers go out as text,
// so that one that no column takes is refused by Postgres like all others.
func put(ctx context.Context, tx pgx.Tx, c columns) (done outcome, err error) {
	err = tx.QueryRow(ctx, `
		WITH incoming AS (
			SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]::bigint[], $5::text[]::int[], $6::text[]::int[],
				$7::text[]::bigint[], $8::int[], $9::numeric[], $10::numeric[], $11::text[]::jsonb[], $12::bool[], $13::bigint[], $14::bool[], $15::bool[])
			AS i (source, id, kind, order_id, website_id, store_id, customer_id, generation, epoch, sequence, body, deleted, record_offset, read_before, without_person)),
		older AS (
			SELECT i.record_offset FROM incoming i JOIN entities e USING (source, id)
			WHERE i.generation = e.generation AND (i.epoch, i.sequence) < (e.epoch, e.sequence)
				AND NOT (e.order_id IS DISTINCT FROM i.order_id AND e.deleted <> i.deleted)
				AND NOT e.without_person AND i.body - 'version' - 'occurred_at' <> e.body - 'version' - 'occurred_at'),
		taken AS (
			INSERT INTO entities AS e (source, id, kind, order_id, website_id, store_id, customer_id, generation, epoch, sequence, body, deleted, read_before, without_person)
			SELECT source, id, kind, order_id, website_id, store_id, customer_id, generation, epoch, sequence, body, deleted, read_before, without_person FROM incoming
			ON CONFLICT (source, id) DO UPDATE SET
				kind = excluded.kind, order_id = excluded.order_id, website_id = excluded.website_id, store_id = excluded.store_id,
				customer_id = excluded.customer_id, generation = excluded.generation, epoch = excluded.epoch, sequence = excluded.sequence,
				body = excluded.body, deleted = excluded.deleted, read_before = excluded.read_before, without_person = excluded.without_person, taken_at = now()
			WHERE CASE
				WHEN e.generation <> excluded.generation THEN e.generation < excluded.generation
				-- as Entity.Follows
				WHEN e.order_id IS DISTINCT FROM excluded.order_id AND e.deleted <> excluded.deleted THEN e.deleted
				ELSE (e.epoch, e.sequence) < (excluded.epoch, excluded.sequence)
					OR (e.epoch, e.sequence) = (excluded.epoch, excluded.sequence) AND e.body <> excluded.body END
			RETURNING e.source, e.id, e.kind),
		due AS (
			INSERT INTO sync_items (binding, id, kind)
			SELECT b.name, t.id, t.kind FROM taken t JOIN bindings b ON b.source = t.source AND b.state <> 'purged' ORDER BY t.id
			ON CONFLICT (binding, id) DO UPDATE SET plan_due_at = now())
		SELECT (SELECT count(*) FROM taken), ARRAY(SELECT record_offset FROM older ORDER BY record_offset)`,
		c.sources, c.ids, c.kinds, c.orders, c.websites, c.stores, c.customers, c.generations, c.epochs, c.sequences, c.bodies, c.deleted, c.offsets, c.readBefore, c.withoutPerson).
		Scan(&done.changed, &done.older)
	return done, err
}

// NoteReadBefore keeps the offset below which the records of a partition were read by a
// database that is lost: what the group has committed beyond the bookmark. It returns the
// highest that was ever noted, because the group is put back to the bookmark.
func (db *DB) NoteReadBefore(ctx context.Context, name string, partition int, below int64) (highest int64, err error) {
	err = db.pool.QueryRow(ctx, `
		INSERT INTO bookmarks AS b (topic, partition, next_offset, before, read_before) VALUES ($1, $2, 0, '', $3)
		ON CONFLICT (topic, partition) DO UPDATE SET read_before = greatest(b.read_before, excluded.read_before) RETURNING read_before`, name, partition, below).Scan(&highest)
	if err != nil {
		return 0, fmt.Errorf("note what was read before: %w", err)
	}
	return highest, nil
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
