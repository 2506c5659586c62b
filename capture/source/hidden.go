package source

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/mage2sage/mage2sage/capture/row"
)

// A NumberedVersionsError says that a table is versioned by the ids of transactions. The
// server logs what changes in such a table as SQL, whatever binlog_format says.
type NumberedVersionsError struct{ Table string }

func (e *NumberedVersionsError) Error() string {
	return "the table " + e.Table + " is versioned by the ids of transactions, and the server does not log its changes as rows"
}

// Each question of information_schema names its one table by constants. Joined, or in a
// subquery, it opens all tables of the server for each table that it is asked of, and
// MariaDB 10.11 may crash of that (free_tmp_table).
const (
	versionedQuery = `SELECT TABLE_TYPE = 'SYSTEM VERSIONED', COALESCE(ENGINE, '') = 'MEMORY' FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ?`
	hashesQuery    = `SELECT COUNT(DISTINCT INDEX_NAME) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND INDEX_TYPE = 'HASH'`
)

// hidden are the columns that stand in the log behind those that information_schema
// lists: the period of a system-versioned table that declares none, and then a hash for
// each unique key that is too long for an index.
func (d *Database) hidden(ctx context.Context, physical string, listed []row.Definition) (all []row.Definition, err error) {
	var versioned, memory bool
	err = d.db.QueryRowContext(ctx, versionedQuery, d.options.Database, physical).Scan(&versioned, &memory)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	var hashes int
	if err == nil && !memory {
		err = d.db.QueryRowContext(ctx, hashesQuery, d.options.Database, physical).Scan(&hashes)
	}
	if err != nil {
		return nil, fmt.Errorf("hidden columns of %s: %w", physical, err)
	}
	if versioned && !slices.ContainsFunc(listed, func(c row.Definition) bool { return c.RowEnd }) {
		all = append(all, row.Definition{Name: "row_start", DataType: "timestamp"}, row.Definition{Name: "row_end", DataType: "timestamp", RowEnd: true})
	}
	for n := range hashes {
		all = append(all, row.Definition{Name: fmt.Sprintf("DB_ROW_HASH_%d", n+1), DataType: "bigint", Unsigned: true})
	}
	return all, nil
}

// HasHistoryPartitions reports whether the partitions of a table are those of its history,
// of which only such as hold nothing of the present can be dropped.
func (d *Database) HasHistoryPartitions(ctx context.Context, physical string) (yes bool, err error) {
	err = d.db.QueryRowContext(ctx, `SELECT COUNT(*) > 0 FROM information_schema.PARTITIONS
		WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND PARTITION_METHOD = 'SYSTEM_TIME'`, d.options.Database, physical).Scan(&yes)
	if err != nil {
		return false, fmt.Errorf("partitions of %s: %w", physical, err)
	}
	return yes, nil
}
