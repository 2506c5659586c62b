package binlog

import (
	"fmt"
	"slices"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// known is what is known of a table's columns: types from the table map, names
// from it or from information_schema.
type known struct {
	columns []stored
	names   []string
	// lost is why the rows cannot be read by them even so; nil when they can.
	lost error
}

// describe joins a table map with the names that it carries or, where
// binlog_row_metadata is not FULL, with information_schema.
func (s *Session) describe(e *replication.TableMapEvent, t magento.Table) (*known, error) {
	k := &known{}
	for i, t := range e.ColumnType {
		k.columns = append(k.columns, newStored(t, e.ColumnMeta[i]))
	}
	if len(e.ColumnName) == len(e.ColumnType) {
		for _, name := range e.ColumnName {
			k.names = append(k.names, string(name))
		}
		plain := *e // so that the library counts COMPRESSED columns among those of text
		plain.ColumnType = plainTypes(e.ColumnType)
		s.fromMap(k, &plain)
		k.findPeriod(&plain, t)
		return k, nil
	}
	return k, s.fromSchema(k, string(e.Table))
}

// fromMap takes signs and character sets from a FULL table map.
func (s *Session) fromMap(k *known, e *replication.TableMapEvent) {
	unsigned, collations := e.UnsignedMap(), e.CollationMap()
	enums, sets, ofLabels := e.EnumStrValueMap(), e.SetStrValueMap(), e.EnumSetCollationMap()
	for i := range k.columns {
		k.columns[i].unsigned = unsigned[i]
		if id, ok := collations[i]; ok {
			k.columns[i].charset = s.charset(id)
		}
		if id, ok := ofLabels[i]; ok {
			k.columns[i].charset = s.charset(id)
		}
		k.columns[i].label(append(enums[i], sets[i]...), k.columns[i].charset)
	}
}

// label keeps the labels of an ENUM or a SET, which are in a character set.
func (c *stored) label(labels []string, charset string) {
	for _, text := range labels {
		label := []byte(text)
		if charset == "latin1" {
			label = fromLatin1(label)
		}
		c.labels = append(c.labels, label)
	}
}

// fromSchema takes them from information_schema, as far as what it says belongs to the
// position of the rows. Rows behind a DDL are not read by position: a snapshot follows.
func (s *Session) fromSchema(k *known, table string) error {
	layout, known := s.config.Layouts[s.config.folded(table)]
	if !known {
		return s.columnsLost(table)
	}
	if !k.agrees(layout) {
		return s.disagrees(k, table, layout)
	}
	k.take(layout)
	return nil
}

// disagrees judges a table map that is not of the columns that it should be. After an ALTER
// that was kept out of the log a snapshot helps, once the table can be read at all. Where
// nothing was altered, information_schema hides a column, or the type is not known here:
// no snapshot would change that.
func (s *Session) disagrees(k *known, table string, layout []row.Definition) error {
	now, err := s.config.Columns(table)
	switch {
	case err != nil:
		return fmt.Errorf("columns of %s: %w", table, err)
	case k.agrees(now):
		k.take(now)
		k.lost = s.columnsLost(table)
		return nil
	case row.Digest(now) != row.Digest(layout):
		return s.columnsLost(table)
	}
	return &UnreadableError{fmt.Sprintf("rows of %s whose %d columns cannot be told by the %d of information_schema", table, len(k.columns), len(now)), s.inside,
		"type SET GLOBAL binlog_row_metadata=FULL; and put binlog_row_metadata=FULL under [mysqld] in my.cnf, then start again: a new snapshot is taken"}
}

// take names the columns.
func (k *known) take(shop []row.Definition) {
	for i, c := range shop {
		k.names = append(k.names, c.Name)
		k.columns[i].unsigned, k.columns[i].charset, k.columns[i].rowEnd = c.Unsigned, c.Charset, c.RowEnd
		k.columns[i].label(c.Labels, "utf8mb4")
	}
}

func (k *known) agrees(shop []row.Definition) bool {
	if len(shop) != len(k.columns) {
		return false
	}
	for i, c := range shop {
		if !slices.Contains(storedAs[c.DataType], k.columns[i].kind) {
			return false
		}
	}
	return true
}

// storedAs lists how a DATA_TYPE can stand in a table map. Types that are missing
// agree with nothing.
var storedAs = map[string][]byte{
	"tinyint": {mysql.MYSQL_TYPE_TINY}, "smallint": {mysql.MYSQL_TYPE_SHORT}, "mediumint": {mysql.MYSQL_TYPE_INT24},
	"int": {mysql.MYSQL_TYPE_LONG}, "bigint": {mysql.MYSQL_TYPE_LONGLONG},
	"decimal": {mysql.MYSQL_TYPE_NEWDECIMAL}, "float": {mysql.MYSQL_TYPE_FLOAT}, "double": {mysql.MYSQL_TYPE_DOUBLE},
	"char": {mysql.MYSQL_TYPE_STRING}, "binary": {mysql.MYSQL_TYPE_STRING},
	"varchar": {mysql.MYSQL_TYPE_VARCHAR, mysql.MYSQL_TYPE_VAR_STRING}, "varbinary": {mysql.MYSQL_TYPE_VARCHAR, mysql.MYSQL_TYPE_VAR_STRING},
	"tinytext": {mysql.MYSQL_TYPE_BLOB}, "text": {mysql.MYSQL_TYPE_BLOB},
	"mediumtext": {mysql.MYSQL_TYPE_BLOB}, "longtext": {mysql.MYSQL_TYPE_BLOB},
	"tinyblob": {mysql.MYSQL_TYPE_BLOB}, "blob": {mysql.MYSQL_TYPE_BLOB},
	"mediumblob": {mysql.MYSQL_TYPE_BLOB}, "longblob": {mysql.MYSQL_TYPE_BLOB},
	"json": {mysql.MYSQL_TYPE_JSON, mysql.MYSQL_TYPE_BLOB},
	"enum": {mysql.MYSQL_TYPE_ENUM}, "set": {mysql.MYSQL_TYPE_SET}, "bit": {mysql.MYSQL_TYPE_BIT},
	"timestamp": {mysql.MYSQL_TYPE_TIMESTAMP2, mysql.MYSQL_TYPE_TIMESTAMP},
	"datetime":  {mysql.MYSQL_TYPE_DATETIME2, mysql.MYSQL_TYPE_DATETIME},
	"geometry":  {mysql.MYSQL_TYPE_GEOMETRY}, "point": {mysql.MYSQL_TYPE_GEOMETRY}, "linestring": {mysql.MYSQL_TYPE_GEOMETRY}, "polygon": {mysql.MYSQL_TYPE_GEOMETRY}, "multipoint": {mysql.MYSQL_TYPE_GEOMETRY}, "multilinestring": {mysql.MYSQL_TYPE_GEOMETRY}, "multipolygon": {mysql.MYSQL_TYPE_GEOMETRY}, "geometrycollection": {mysql.MYSQL_TYPE_GEOMETRY}, "geomcollection": {mysql.MYSQL_TYPE_GEOMETRY},
	"vector": {mysql.MYSQL_TYPE_VECTOR},
	"time":   {mysql.MYSQL_TYPE_TIME2, mysql.MYSQL_TYPE_TIME},
	"date":   {mysql.MYSQL_TYPE_DATE, mysql.MYSQL_TYPE_NEWDATE}, "year": {mysql.MYSQL_TYPE_YEAR},
}

// readable refuses character sets that are not known here.
func (k *known) readable(at position.Position, t magento.Table) error {
	for i, c := range k.columns {
		if slices.Contains(t.Columns, k.names[i]) && c.image() == row.Text && !knownCharset(c.charset) {
			return &UnreadableError{fmt.Sprintf("the column %s.%s in the character set %q", t.Name, k.names[i], c.charset), at,
				"type ALTER TABLE … CONVERT TO CHARACTER SET utf8mb4, then start again: a new snapshot is taken"}
		}
	}
	return nil
}

func (k *known) kinds() map[string]row.Kind {
	all := map[string]row.Kind{}
	for i, name := range k.names {
		all[name] = k.columns[i].image()
	}
	return all
}

func (k *known) at(name string) int { return slices.Index(k.names, name) }

// charset names a collation's character set; an unknown one reads as no known set.
func (s *Session) charset(collation uint64) string {
	if name, ok := s.config.Charsets[collation]; ok {
		return name
	}
	return fmt.Sprintf("of collation %d", collation)
}
