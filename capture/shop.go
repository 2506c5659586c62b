package capture

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/mage2sage/mage2sage/capture/binlog"
	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A shop answers questions about the tables of one Magento database.
type shop struct {
	db     *sql.DB
	config Config
}

// physical is a table's name in the shop.
func (s shop) physical(table string) string { return s.config.TablePrefix + table }

// qualified is a table's quoted name with its database.
func (s shop) qualified(table string) string {
	return quote(s.config.Database) + "." + quote(s.physical(table))
}

// wanted lists the captured tables by physical name. Value tables are wanted only
// where an attribute is configured.
func (s shop) wanted() map[string]magento.Table {
	all := map[string]magento.Table{}
	for _, t := range magento.Tables {
		if t.Filter == magento.ListedAttributes && len(s.config.CustomerAttributes) == 0 {
			continue
		}
		all[s.physical(t.Name)] = t
	}
	return all
}

// columns reads a table's columns by physical name, in their order; none when the
// table does not exist.
func (s shop) columns(ctx context.Context, physical string) (all []binlog.Column, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, COALESCE(CHARACTER_SET_NAME, '')
		FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? ORDER BY ORDINAL_POSITION`,
		s.config.Database, physical)
	if err != nil {
		return nil, fmt.Errorf("columns of %s: %w", physical, err)
	}
	defer rows.Close()
	for rows.Next() {
		var c binlog.Column
		var full string
		if err := rows.Scan(&c.Name, &c.DataType, &full, &c.Charset); err != nil {
			return nil, fmt.Errorf("columns of %s: %w", physical, err)
		}
		c.Unsigned = strings.Contains(full, "unsigned")
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("columns of %s: %w", physical, err)
	}
	return all, nil
}

// layout is that of a table as it is now; nil when the shop does not have it.
func (s shop) layout(ctx context.Context, t magento.Table) (*row.Layout, error) {
	columns, err := s.columns(ctx, s.physical(t.Name))
	if err != nil || len(columns) == 0 {
		return nil, err
	}
	kinds := map[string]row.Kind{}
	for _, c := range columns {
		kinds[c.Name] = row.KindOf(c.DataType)
	}
	return row.NewLayout(t, kinds)
}

// charsets maps collation ids to character sets. MariaDB 10.10 moved the ids of
// its newer collations into another view.
func (s shop) charsets(ctx context.Context) (map[uint64]string, error) {
	all := map[uint64]string{}
	err := s.eachCharset(ctx, "SELECT ID, CHARACTER_SET_NAME FROM information_schema.COLLATIONS WHERE ID IS NOT NULL AND CHARACTER_SET_NAME IS NOT NULL", all)
	if err != nil {
		return nil, err
	}
	err = s.eachCharset(ctx, "SELECT ID, CHARACTER_SET_NAME FROM information_schema.COLLATION_CHARACTER_SET_APPLICABILITY WHERE ID IS NOT NULL", all)
	if err != nil && mysqlNumber(err) != 1054 { // before 10.10 the view has no ids
		return nil, err
	}
	return all, nil
}

func (s shop) eachCharset(ctx context.Context, query string, into map[uint64]string) error {
	rows, err := s.db.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("read character sets: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id uint64
		var name string
		if err := rows.Scan(&id, &name); err != nil {
			return fmt.Errorf("read character sets: %w", err)
		}
		into[id] = name
	}
	return rows.Err()
}

// endOfLog is where the server's log ends, with the same place as a GTID.
func (s shop) endOfLog(ctx context.Context) (position.From, error) {
	at, err := masterStatus(ctx, s.db)
	if err != nil {
		return position.From{}, err
	}
	var gtid sql.NullString
	if err := s.db.QueryRowContext(ctx, "SELECT BINLOG_GTID_POS(?, ?)", at.File, at.Pos).Scan(&gtid); err != nil {
		return position.From{}, fmt.Errorf("end of the binary log: %w", err)
	}
	return position.From{GTID: gtid.String, At: at}, nil
}

// rowMetadata is the server's binlog_row_metadata.
func (s shop) rowMetadata(ctx context.Context) (value string, err error) {
	if err := s.db.QueryRowContext(ctx, "SELECT @@global.binlog_row_metadata").Scan(&value); err != nil {
		return "", fmt.Errorf("read binlog_row_metadata: %w", err)
	}
	return value, nil
}
