package postgres

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// A Pipeline says whose records a batch holds.
type Pipeline struct {
	ID     string
	Prefix string // of its topics
	// Past pipelines are those whose identity the offsets topic no longer holds. What they
	// have left in the topics is older than everything of the current one.
	Past bool
}

// A FollowedPipeline is one that a source's entities were taken from. The one of the
// highest generation is followed now.
type FollowedPipeline struct {
	Source     string    `json:"source"`
	Pipeline   string    `json:"pipeline"` // moved where nothing has come since a move
	Prefix     string    `json:"prefix"`
	Generation int       `json:"generation"`
	Since      time.Time `json:"since"`
}

// moved stands for the pipeline of a source after a move. No identity is spelt like it.
const moved = "(moved)"

// An OtherPrefixError is returned for records of a source that is taken from other topics.
type OtherPrefixError struct {
	Source, Follows, Prefix string
	Since                   time.Time
}

func (e *OtherPrefixError) Error() string {
	return e.problem() + ": " + e.hint()
}

func (e *OtherPrefixError) problem() string {
	return fmt.Sprintf("source %s is taken from the topics of prefix %s since %s, and these are of prefix %s: nothing of them is taken",
		e.Source, e.Follows, e.Since.UTC().Format(time.RFC3339), e.Prefix)
}

// hint is what a person can do about it; neither loses a change.
func (e *OtherPrefixError) hint() string {
	return fmt.Sprintf("stop the pipeline of the prefix that should not run; to take the source from here, stop the other one and type mage2sage source move %s --to %s",
		e.Source, e.Prefix)
}

// ErrUnknownPipeline is returned for records of a pipeline that was never followed and is
// not the current one: nobody can say how their versions compare with ours.
var ErrUnknownPipeline = errors.New("no pipeline of this prefix has written it")

// follow returns the generation of a pipeline's records. Versions are compared within a
// generation only: a successor under the same prefix is newer than everything before it,
// whatever its clock says.
func follow(ctx context.Context, tx pgx.Tx, source string, p Pipeline) (generation int, err error) {
	generation, found, err := generationOf(ctx, tx, source, p)
	if err != nil || found {
		return generation, err
	}
	// Several partitions may see a new pipeline at once.
	if _, err := tx.Exec(ctx, `LOCK TABLE source_pipelines IN SHARE ROW EXCLUSIVE MODE`); err != nil {
		return 0, err
	}
	if generation, found, err = generationOf(ctx, tx, source, p); err != nil || found {
		return generation, err
	}
	err = tx.QueryRow(ctx, `
		INSERT INTO source_pipelines AS s (source, pipeline, prefix, generation)
		SELECT $1, $2, $3, coalesce(max(generation), 0) + 1 FROM source_pipelines WHERE source = $1
		ON CONFLICT (source, pipeline) DO UPDATE SET generation = excluded.generation, prefix = excluded.prefix, since = now()
		RETURNING generation`, source, p.ID, p.Prefix).Scan(&generation)
	if err != nil {
		return 0, err
	}
	return generation, audit(ctx, tx, auditEntry{Event: "pipeline followed", Detail: map[string]string{"source": source, "pipeline": p.ID, "prefix": p.Prefix}})
}

// generationOf looks a pipeline up. It is not found when it is new, or was left by a move
// since; then only the current one is followed (again).
func generationOf(ctx context.Context, tx pgx.Tx, source string, p Pipeline) (generation int, found bool, err error) {
	rows, err := tx.Query(ctx, `
		SELECT source, pipeline, prefix, generation, since FROM source_pipelines WHERE source = $1 ORDER BY generation DESC`, source)
	if err != nil {
		return 0, false, err
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[FollowedPipeline])
	if err != nil {
		return 0, false, err
	}
	if len(all) > 0 && all[0].Prefix != p.Prefix {
		return 0, false, &OtherPrefixError{Source: source, Follows: all[0].Prefix, Prefix: p.Prefix, Since: all[0].Since}
	}
	left := false
	for _, f := range all {
		if f.Pipeline == p.ID && (!left || p.Past) {
			return f.Generation, true, nil
		}
		left = left || f.Pipeline == moved
	}
	if p.Past {
		return 0, false, ErrUnknownPipeline
	}
	return 0, false, nil
}

// Move has a source taken from the topics of another prefix. They are read from their
// beginning, and all in them is newer than what is there. It returns false for a source
// that was never taken.
func (db *DB) Move(ctx context.Context, source, prefix string) (known bool, err error) {
	err = db.tx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `
			INSERT INTO source_pipelines (source, pipeline, prefix, generation)
			SELECT source, $3, $2, max(generation) + 1 FROM source_pipelines WHERE source = $1 GROUP BY source
			ON CONFLICT (source, pipeline) DO UPDATE SET generation = excluded.generation, prefix = excluded.prefix, since = now()`, source, prefix, moved)
		if known = tag.RowsAffected() > 0; err != nil || !known {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM bookmarks WHERE starts_with(topic, $1 || '.')`, prefix); err != nil {
			return err
		}
		return audit(ctx, tx, auditEntry{Event: "source moved", Detail: map[string]string{"source": source, "prefix": prefix}})
	})
	if err != nil {
		return false, fmt.Errorf("move source %s: %w", source, err)
	}
	return known, nil
}

// Sources lists the pipeline that each source is taken from now.
func (db *DB) Sources(ctx context.Context) ([]FollowedPipeline, error) {
	rows, err := db.pool.Query(ctx, `
		SELECT DISTINCT ON (source) source, pipeline, prefix, generation, since FROM source_pipelines ORDER BY source, generation DESC`)
	if err != nil {
		return nil, fmt.Errorf("list sources: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[FollowedPipeline])
	if err != nil {
		return nil, fmt.Errorf("list sources: %w", err)
	}
	return all, nil
}
