package postgres

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
)

// withoutErased takes erased persons out of what is taken in, where it says what it says since before
// the erasure and is not open.
func withoutErased(ctx context.Context, tx pgx.Tx, entities []Entity) error {
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock_shared($1)`, eraseLock); err != nil {
		return err
	}
	erased, err := erasedAmong(ctx, tx, entities)
	if err != nil || len(erased) == 0 {
		return err
	}
	for n := range entities {
		e := &entities[n]
		at, is := erasedAt(erased, *e)
		if !is || e.Cut == nil || e.changedSince(at) {
			continue
		}
		var open bool
		err := tx.QueryRow(ctx, `
			SELECT EXISTS (SELECT FROM bindings b JOIN sync_items i ON i.binding = b.name
				WHERE b.source = $1 AND b.state <> 'purged' AND i.id = $2 AND NOT `+settledState+`)`, e.Source, e.ID).Scan(&open)
		if err != nil {
			return err
		}
		if open {
			continue
		}
		if e.Body, err = e.Cut(e.ID, e.Body); err != nil {
			return err
		}
		e.WithoutPerson = true
	}
	return nil
}

// erasedPerson names a person of a source.
type erasedPerson struct{ source, key string }

// erasedAmong says which persons of entities were erased, and when.
func erasedAmong(ctx context.Context, tx pgx.Tx, entities []Entity) (map[erasedPerson]time.Time, error) {
	var sources, keys []string
	for _, e := range entities {
		for _, key := range e.Person {
			sources, keys = append(sources, e.Source), append(keys, key)
		}
	}
	rows, err := tx.Query(ctx, `SELECT source, key, at FROM erased JOIN unnest($1::text[], $2::text[]) AS p (source, key) USING (source, key)`, sources, keys)
	if err != nil {
		return nil, err
	}
	all := map[erasedPerson]time.Time{}
	var p erasedPerson
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&p.source, &p.key, &at}, func() error { all[p] = at; return nil })
	return all, err
}

// erasedAt is when the person of an entity was erased, for the last time.
func erasedAt(erased map[erasedPerson]time.Time, e Entity) (last time.Time, is bool) {
	for _, key := range e.Person {
		if at, one := erased[erasedPerson{e.Source, key}]; one && at.After(last) {
			last, is = at, true
		}
	}
	return last, is
}

// changedSince reports whether an entity says something of its person that is newer than a time: who
// buys again after an erasure has said so.
func (e Entity) changedSince(at time.Time) bool {
	asOf, err := time.Parse(time.RFC3339, e.PersonAsOf)
	return err == nil && asOf.After(at)
}

// hasPerson reports whether one of several entities says who it is about.
func hasPerson(entities []Entity) bool {
	return slices.ContainsFunc(entities, func(e Entity) bool { return len(e.Person) > 0 })
}
