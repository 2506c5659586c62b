package row

import (
	"fmt"
	"strings"
)

// A Kind is how the values of a column are written.
type Kind int

// The kinds. Each has one form in an envelope; see schemas/change.
const (
	Unreadable Kind = iota // has no form here: UUID, INET6, VECTOR, …
	Integer                // JSON number; a YEAR is one
	Bits                   // BIT(n): JSON number
	Float                  // FLOAT: JSON number, the shortest that reads as the same
	Double                 // the same of a DOUBLE
	Decimal                // string with the column's scale
	Text                   // string; bytes that are no UTF-8 read as U+FFFD. Labels of ENUM and SET, and JSON
	Binary                 // string in base64: geometries
	Timestamp              // "2026-01-31T12:00:00Z"
	DateTime               // "2026-01-31T12:00:00"
	Date                   // "2026-01-31"
	Time                   // "-12:00:00", of up to 838 hours
)

// KindOf is the kind of information_schema's DATA_TYPE.
func KindOf(dataType string) Kind {
	switch strings.ToLower(dataType) {
	case "tinyint", "smallint", "mediumint", "int", "bigint", "year":
		return Integer
	case "bit":
		return Bits
	case "float":
		return Float
	case "double":
		return Double
	case "decimal":
		return Decimal
	case "char", "varchar", "tinytext", "text", "mediumtext", "longtext",
		"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob", "enum", "set", "json":
		return Text
	case "geometry", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon", "geometrycollection", "geomcollection":
		return Binary
	case "timestamp":
		return Timestamp
	case "datetime":
		return DateTime
	case "date":
		return Date
	case "time":
		return Time
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
	// Labels are those of an ENUM or a SET, in UTF-8.
	Labels []string
	// RowEnd says that the column is the end of a system-versioned table's period: until
	// when the row was what it says.
	RowEnd bool
}

// Labels reads those of an ENUM or a SET out of information_schema's COLUMN_TYPE, such as
// enum('new','it”s old'); other types have none.
func Labels(columnType string) (all []string) {
	open := strings.IndexByte(columnType, '(')
	if open < 0 || columnType[:open] != "enum" && columnType[:open] != "set" {
		return nil
	}
	for rest := columnType[open+1:]; strings.HasPrefix(rest, "'"); rest = strings.TrimPrefix(rest, ",") {
		var label strings.Builder
		rest = rest[1:]
		for rest != "" && (rest[0] != '\'' || strings.HasPrefix(rest, "''")) {
			if rest[0] == '\'' {
				rest = rest[1:]
			}
			label.WriteByte(rest[0])
			rest = rest[1:]
		}
		all, rest = append(all, label.String()), strings.TrimPrefix(rest, "'")
	}
	return all
}
