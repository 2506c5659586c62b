package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/sink/work"
)

// A Recognition says whether Postgres knows something of what stands in Sage.
type Recognition bool

// What is known of a group of things in Sage.
const (
	NotOurs Recognition = false // nothing of ours has its reference
	Ours    Recognition = true  // an xref stands for one of them, or a call of ours has its reference
)

// Recognize finds out whether a group of things in a business is about ours, and notes on it what
// the xrefs know.
func (db *DB) Recognize(ctx context.Context, business string, g *work.Duplicate) (Recognition, error) {
	info, err := g.Kind.Info()
	if err != nil {
		return NotOurs, err
	}
	ids := make([]string, len(g.Objects))
	for n, o := range g.Objects {
		ids[n] = o.SageID
	}
	rows, err := db.pool.Query(ctx, `
		SELECT x.sage_id, x.entity, x.binding FROM bindings b JOIN xrefs x ON x.binding = b.name
		WHERE b.business = $1 AND x.type = $2 AND x.sage_id = ANY($3)`, business, info.Xref, ids)
	if err != nil {
		return NotOurs, fmt.Errorf("recognize what stands in Sage: %w", err)
	}
	var id, entity, binding string
	known := NotOurs
	_, err = pgx.ForEachRow(rows, []any{&id, &entity, &binding}, func() error {
		known, g.Binding = Ours, binding
		for n := range g.Objects {
			if g.Objects[n].SageID == id {
				g.Objects[n].Entity = entity
			}
		}
		return nil
	})
	if err != nil || known == Ours {
		return known, err
	}
	// Nothing stands for it: it is ours all the same where a call of ours was about it.
	first := g.Objects[0]
	err = db.pool.QueryRow(ctx, `
		SELECT o.binding FROM operations o WHERE o.business = $1 AND o.kind = $2 AND o.reference_key = $3 AND $3 <> ''
		UNION ALL SELECT x.binding FROM bindings b JOIN xrefs x ON x.binding = b.name WHERE b.business = $1 AND x.type = $4 AND x.sage_id = $5 LIMIT 1`,
		business, g.Kind, work.ReferenceKey(first.Reference), work.XrefCreditNote, first.Of).Scan(&g.Binding)
	if errors.Is(err, pgx.ErrNoRows) {
		return NotOurs, nil
	}
	if err != nil {
		return NotOurs, fmt.Errorf("recognize what stands in Sage: %w", err)
	}
	return Ours, nil
}

// StandsFor lists the ids in Sage of what was made under a reference, in whatever spelling.
func (db *DB) StandsFor(ctx context.Context, business string, kind work.OperationKind, reference string) ([]string, error) {
	info, err := kind.Info()
	if err != nil {
		return nil, err
	}
	rows, err := db.pool.Query(ctx, `
		SELECT DISTINCT x.sage_id FROM operations o JOIN xrefs x ON x.binding = o.binding AND x.type = $4 AND x.entity = o.entity AND x.currency = o.currency
		WHERE o.business = $1 AND o.kind = $2 AND o.reference_key = $3 AND $3 <> ''`, business, kind, work.ReferenceKey(reference), info.Xref)
	if err != nil {
		return nil, fmt.Errorf("look for what has a reference: %w", err)
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// A SearchClaim is a search for duplicates that this process has to make.
type SearchClaim struct {
	Since    time.Time // it begins here; the zero time is at everything
	Attempts int       // since the last one that ended, this one too
}

// ClaimDuplicateSearch takes the search of a business that is due. ok is false while none is due,
// or another process has it. One that does not end is due again after a while, which grows with
// each. The first one of a business is due an hour after it was asked for: what a new binding has to
// post goes first.
func (db *DB) ClaimDuplicateSearch(ctx context.Context, business string) (c SearchClaim, ok bool, err error) {
	var from *time.Time
	err = db.pool.QueryRow(ctx, `
		WITH first AS (INSERT INTO duplicate_searches (business, due_at) VALUES ($1, now() + $4::interval) ON CONFLICT DO NOTHING)
		UPDATE duplicate_searches s SET attempts = s.attempts + 1, due_at = now() + least($2::interval * 2 ^ least(s.attempts, 10), $3::interval)
		WHERE business = $1 AND s.due_at <= now() RETURNING searched_to, attempts`, business, searchAgain, longestSearchWait, firstSearch).Scan(&from, &c.Attempts)
	if errors.Is(err, pgx.ErrNoRows) {
		return c, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("claim the search for duplicates: %w", err)
	}
	if from != nil {
		c.Since = *from
	}
	return c, true, nil
}

// SearchedTo is where the next search of a business begins; the zero time where there was none.
func (db *DB) SearchedTo(ctx context.Context, business string) (since time.Time, err error) {
	var from *time.Time
	err = db.pool.QueryRow(ctx, `SELECT searched_to FROM duplicate_searches WHERE business = $1`, business).Scan(&from)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return since, fmt.Errorf("read how far duplicates were searched: %w", err)
	}
	if from != nil {
		since = *from
	}
	return since, nil
}

const (
	// searchAgain is when a search that did not end is due again, for the first time.
	searchAgain       = 15 * time.Minute
	longestSearchWait = 6 * time.Hour
	firstSearch       = time.Hour
	// searchEvery is how long after a search that ended the next one is due.
	searchEvery = 24 * time.Hour
)

// GoOnSearching keeps a search that takes long from being taken by another process.
func (db *DB) GoOnSearching(ctx context.Context, business string) error {
	_, err := db.pool.Exec(ctx, `UPDATE duplicate_searches SET due_at = greatest(due_at, now() + $2::interval) WHERE business = $1`, business, searchAgain)
	if err != nil {
		return fmt.Errorf("go on searching duplicates: %w", err)
	}
	return nil
}

// KeepDuplicates ends a search of a business: what stands twice is kept, what was kept before and
// is not found any more has ended. It returns what is kept now.
func (db *DB) KeepDuplicates(ctx context.Context, business string, found []work.Duplicate, searchedTo time.Time) ([]work.Duplicate, error) {
	err := db.tx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO duplicate_searches (business, due_at, searched_to, searched_at) VALUES ($1, now() + $2::interval, $3, now())
			ON CONFLICT (business) DO UPDATE SET attempts = 0, due_at = excluded.due_at, searched_to = excluded.searched_to, searched_at = excluded.searched_at`,
			business, searchEvery, searchedTo)
		if err != nil {
			return err
		}
		var keys []string
		for _, d := range found {
			keys = append(keys, string(d.Kind)+"|"+d.Key)
			if err := keepDuplicate(ctx, tx, d); err != nil {
				return err
			}
		}
		return endDuplicates(ctx, tx, business, keys)
	})
	if err != nil {
		return nil, fmt.Errorf("keep duplicates: %w", err)
	}
	return db.Duplicates(ctx, business)
}

func keepDuplicate(ctx context.Context, tx pgx.Tx, d work.Duplicate) error {
	objects, err := json.Marshal(d.Objects)
	if err != nil {
		return err
	}
	var news bool
	err = tx.QueryRow(ctx, `
		INSERT INTO duplicates (business, kind, key, binding, objects) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (business, kind, key) DO UPDATE SET objects = excluded.objects, binding = excluded.binding RETURNING xmax = 0`,
		d.Business, d.Kind, d.Key, d.Binding, string(objects)).Scan(&news)
	if err != nil || !news {
		return err
	}
	return audit(ctx, tx, auditEntry{Binding: d.Binding, Entity: entityOf(d), Event: "duplicate found", Detail: map[string]string{"kind": string(d.Kind), "key": d.Key}})
}

// entityOf is the entity that something doubled stands for; "" where nobody knows.
func entityOf(d work.Duplicate) string {
	for _, o := range d.Objects {
		if o.Entity != "" {
			return o.Entity
		}
	}
	return ""
}

// endDuplicates ends what was kept of a business and is not among the keys.
func endDuplicates(ctx context.Context, tx pgx.Tx, business string, keys []string) error {
	rows, err := tx.Query(ctx, `
		DELETE FROM duplicates WHERE business = $1 AND NOT kind || '|' || key = ANY(coalesce($2, '{}'::text[]))
		RETURNING business, binding, kind, key, objects, found_at`, business, keys)
	if err != nil {
		return err
	}
	ended, err := pgx.CollectRows(rows, pgx.RowToStructByName[work.Duplicate])
	if err != nil {
		return err
	}
	for _, d := range ended {
		if err := audit(ctx, tx, auditEntry{Binding: d.Binding, Entity: entityOf(d), Event: "duplicate ended", Detail: map[string]string{"kind": string(d.Kind), "key": d.Key}}); err != nil {
			return err
		}
	}
	return nil
}

// Duplicates lists what stood in a business more than once at the last search; "" is all of them.
func (db *DB) Duplicates(ctx context.Context, business string) ([]work.Duplicate, error) {
	rows, err := db.pool.Query(ctx, `
		SELECT business, binding, kind, key, objects, found_at FROM duplicates WHERE $1 = '' OR business = $1 ORDER BY found_at, business, kind, key`, business)
	if err != nil {
		return nil, fmt.Errorf("list duplicates: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[work.Duplicate])
	if err != nil {
		return nil, fmt.Errorf("list duplicates: %w", err)
	}
	return all, nil
}
