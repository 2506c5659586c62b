package row

import (
	"fmt"
	"strings"
)

// A Kind is how the values of a column are written.
type Kind int

// The kinds. Each has one form in an envelope; see schemas/change.
const (
	Unreadable Kind = iota // has no form here: JSON, ENUM, BIT, FLOAT, …
	Integer                // JSON number
	Decimal                // string with the column's scale
	Text                   // string; bytes that are no UTF-8 read as U+FFFD
	Timestamp              // "2026-01-31T12:00:00Z"
	DateTime               // "2026-01-31T12:00:00"
	Date                   // "2026-01-31"
)

// KindOf is the kind of information_schema's DATA_TYPE.
func KindOf(dataType string) Kind {
	switch strings.ToLower(dataType) {
	case "tinyint", "smallint", "mediumint", "int", "bigint":
		return Integer
	case "decimal":
		return Decimal
	case "char", "varchar", "tinytext", "text", "mediumtext", "longtext",
		"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob":
		return Text
	case "timestamp":
		return Timestamp
	case "datetime":
		return DateTime
	case "date":
		return Date
	}
	return Unreadable
}

// An UnreadableColumnError says that an allowed column has a type that Magento
// does not give it.
type UnreadableColumnError struct{ Table, Column string }

// Error names the column.
func (e *UnreadableColumnError) Error() string {
	return fmt.Sprintf("column %s.%s has a type that capture does not read, and not the one that Magento gives it", e.Table, e.Column)
}

// A Definition is what information_schema says of one column, those among them that it
// does not list.
type Definition struct {
	Name     string // COLUMN_NAME
	DataType string // DATA_TYPE: "int", "varchar"
	Unsigned bool   // COLUMN_TYPE contains "unsigned"
	Charset  string // CHARACTER_SET_NAME; "" for what is no text
	// RowEnd says that the column is the end of a system-versioned table's period: until
	// when the row was what it says.
	RowEnd bool
}
