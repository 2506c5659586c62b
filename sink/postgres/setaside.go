package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// A Refusal says why the record at an offset of a partition was not taken.
type Refusal struct {
	Offset int64
	Reason string // names no value of the record
}

// A SetAside is a record that was passed over, so that it stops nobody. The record itself
// stays in its topic.
type SetAside struct {
	Topic     string    `json:"topic"`
	Partition int       `json:"partition"`
	Offset    int64     `json:"offset" db:"record_offset"`
	Reason    string    `json:"reason"`
	Since     time.Time `json:"since"`
}

func setAside(ctx context.Context, tx pgx.Tx, at PartitionMark, refusals []Refusal) error {
	for _, r := range refusals {
		if _, err := tx.Exec(ctx, `
			INSERT INTO set_aside (topic, partition, record_offset, reason) VALUES ($1, $2, $3, $4)
			ON CONFLICT (topic, partition, record_offset) DO UPDATE SET reason = excluded.reason`,
			at.Topic, at.Partition, r.Offset, r.Reason); err != nil {
			return err
		}
	}
	return nil
}

// SetAside lists the records that were set aside and neither skipped nor taken since, the
// oldest first.
func (db *DB) SetAside(ctx context.Context) ([]SetAside, error) {
	rows, err := db.pool.Query(ctx, `
		SELECT topic, partition, record_offset, reason, since FROM set_aside ORDER BY since, topic, partition, record_offset`)
	if err != nil {
		return nil, fmt.Errorf("list records set aside: %w", err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[SetAside])
	if err != nil {
		return nil, fmt.Errorf("list records set aside: %w", err)
	}
	return all, nil
}

// Skip forgets a record that was set aside, for good. It returns false when there is none.
func (db *DB) Skip(ctx context.Context, r SetAside) (known bool, err error) {
	err = db.tx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `DELETE FROM set_aside WHERE topic = $1 AND partition = $2 AND record_offset = $3`, r.Topic, r.Partition, r.Offset)
		if known = tag.RowsAffected() > 0; err != nil || !known {
			return err
		}
		return audit(ctx, tx, auditEntry{Event: "record skipped", Detail: map[string]string{
			"topic": r.Topic, "partition": fmt.Sprint(r.Partition), "offset": fmt.Sprint(r.Offset)}})
	})
	if err != nil {
		return false, fmt.Errorf("skip record: %w", err)
	}
	return known, nil
}

// TakeAgain puts the entity of a record that was set aside. When it is kept, or something
// newer is there, the record is no longer set aside; else it stays with the new reason.
func (db *DB) TakeAgain(ctx context.Context, r SetAside, e Entity, p Pipeline) (reason string, err error) {
	err = db.tx(ctx, func(tx pgx.Tx) error {
		reason = ""
		at := PartitionMark{Topic: r.Topic, Partition: r.Partition, Pipeline: p, ReadAgain: true}
		_, refused, err := putOrRefuse(ctx, tx, []Entity{e}, at)
		if err != nil {
			return err
		}
		if len(refused) > 0 {
			reason = refused[0].Reason
			return setAside(ctx, tx, at, refused)
		}
		_, err = tx.Exec(ctx, `DELETE FROM set_aside WHERE topic = $1 AND partition = $2 AND record_offset = $3`, r.Topic, r.Partition, r.Offset)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("take record again: %w", err)
	}
	return reason, nil
}

// ForgetSetAside is for a partition that is read from its beginning: what is still wrong
// with its records is found again.
func (db *DB) ForgetSetAside(ctx context.Context, topic string, partition int) error {
	if _, err := db.pool.Exec(ctx, `DELETE FROM set_aside WHERE topic = $1 AND partition = $2`, topic, partition); err != nil {
		return fmt.Errorf("forget records set aside: %w", err)
	}
	return nil
}
