package binlog

import (
	"fmt"
	"slices"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// MariaDB logs a UUID, an INET4 or INET6 as the BINARY of its bytes, and a VECTOR as a
// VARBINARY. A start refuses such a column where it is captured, so one can only have come by
// an ALTER that was kept out of the log. Read as text it would be wrong.

// native returns a loss where a captured column may be of such a type, and is not by
// information_schema what it was in the log: bytes.
func (s *Session) native(k *known, table string, t magento.Table, named bool) error {
	if s.config.Flavor != mysql.MariaDBFlavor || !slices.ContainsFunc(t.Columns, func(name string) bool { return k.mayBeNative(name, named) }) {
		return nil
	}
	now, err := s.config.Columns(table)
	if err != nil {
		return fmt.Errorf("columns of %s: %w", table, err)
	}
	for _, name := range t.Columns {
		if !k.mayBeNative(name, named) {
			continue
		}
		c := k.columns[k.at(name)]
		same := func(d row.Definition) bool {
			return d.Name == name && slices.Contains(storedAs[d.DataType], c.kind) && isBytes(d.Charset) == isBytes(c.charset)
		}
		if !slices.ContainsFunc(now, same) {
			return &ColumnsLostError{t.Name, &LostError{fmt.Sprintf("table %s was altered, and whether its column %s holds text in the log cannot be told", table, name)}}
		}
	}
	return nil
}

// mayBeNative reports whether the table map says no more of a column than of a native type: bytes, or,
// where it does not name its columns, a CHAR of as many bytes as an INET4, an INET6 or a UUID.
func (k *known) mayBeNative(name string, named bool) bool {
	const inet4, inet6 = 4, 16
	at := k.at(name)
	if at < 0 {
		return false
	}
	switch c := k.columns[at]; c.kind {
	case mysql.MYSQL_TYPE_STRING:
		return isBytes(c.charset) || !named && (c.meta == inet4 || c.meta == inet6)
	case mysql.MYSQL_TYPE_VARCHAR:
		return isBytes(c.charset)
	}
	return false
}

// isBytes reports whether a character set is that of bytes.
func isBytes(charset string) bool { return charset == "" || charset == "binary" }
