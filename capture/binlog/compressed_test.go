package binlog

import (
	"bytes"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

func TestACompressedValueReadsAsWhatItWasMadeOf(t *testing.T) {
	text := bytes.Repeat([]byte("Straße "), 20)
	bare, wrapped := packedColumn(t, text, false), packedColumn(t, text, true)
	for name, c := range map[string]struct {
		stored, want []byte
		fails        bool
	}{
		"an empty one":                   {stored: []byte{}, want: []byte{}},
		"one that is kept as it is":      {stored: append([]byte{0}, text...), want: text},
		"zlib without its header":        {stored: bare, want: text},
		"zlib":                           {stored: wrapped, want: text},
		"another method":                 {stored: append([]byte{0x90}, text...), fails: true},
		"one that is cut":                {stored: wrapped[:len(wrapped)-1], fails: true},
		"one that is longer than said":   {stored: append([]byte{wrapped[0], wrapped[1] - 1}, wrapped[2:]...), fails: true},
		"one that is shorter than said":  {stored: append([]byte{wrapped[0], wrapped[1] + 1}, wrapped[2:]...), fails: true},
		"no length":                      {stored: []byte{0x84, 1}, fails: true},
		"a length that cannot be":        {stored: []byte{0x84, 0x7f, 0xff, 0xff, 0xff, 1}, fails: true},
		"zlib where its header is not":   {stored: append([]byte{bare[0] &^ 8}, bare[1:]...), fails: true},
		"a header where none is said of": {stored: append([]byte{wrapped[0] | 8}, wrapped[1:]...), fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := uncompressed(c.stored)
			if (err != nil) != c.fails || err == nil && !bytes.Equal(got, c.want) {
				t.Errorf("it reads %q, %v", got, err)
			}
		})
	}
}

// Behind an unlogged ALTER information_schema alone says whether bytes are text.
func TestBytesAreTextOnlyWhereInformationSchemaSaysSo(t *testing.T) {
	text := row.Definition{Name: "code", DataType: "char", Charset: "latin1"}
	for name, c := range map[string]struct {
		flavor string
		column stored
		named  bool
		now    row.Definition
		lost   bool
	}{
		"a UUID":                 {mysql.MariaDBFlavor, stored{kind: mysql.MYSQL_TYPE_STRING, meta: 16, charset: "binary"}, true, row.Definition{Name: "code", DataType: "uuid"}, true},
		"one that is text again": {mysql.MariaDBFlavor, stored{kind: mysql.MYSQL_TYPE_STRING, meta: 16, charset: "binary"}, true, text, true},
		"a VECTOR":               {mysql.MariaDBFlavor, stored{kind: mysql.MYSQL_TYPE_VARCHAR, meta: 12, charset: "binary"}, true, row.Definition{Name: "code", DataType: "vector"}, true},
		"bytes":                  {mysql.MariaDBFlavor, stored{kind: mysql.MYSQL_TYPE_STRING, meta: 16, charset: "binary"}, true, row.Definition{Name: "code", DataType: "binary"}, false},
		"an INET4 without names": {mysql.MariaDBFlavor, stored{kind: mysql.MYSQL_TYPE_STRING, meta: 4, charset: "latin1"}, false, row.Definition{Name: "code", DataType: "inet4"}, true},
		"text without names":     {mysql.MariaDBFlavor, stored{kind: mysql.MYSQL_TYPE_STRING, meta: 16, charset: "latin1"}, false, text, false},
		"text of another length, and nobody asked": {mysql.MariaDBFlavor, stored{kind: mysql.MYSQL_TYPE_STRING, meta: 36, charset: "latin1"}, false, row.Definition{}, false},
		"bytes of MySQL, which has no such types":  {mysql.MySQLFlavor, stored{kind: mysql.MYSQL_TYPE_STRING, meta: 16, charset: "binary"}, true, row.Definition{}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := &Session{config: Config{Flavor: c.flavor, Columns: func(string) ([]row.Definition, error) { return []row.Definition{c.now}, nil }}}
			k := &known{columns: []stored{c.column}, names: []string{"code"}}
			if err := s.native(k, "m2_store", magento.Table{Name: "store", Columns: []string{"code"}}, c.named); (err != nil) != c.lost {
				t.Errorf("it gives %v, want a loss: %v", err, c.lost)
			}
		})
	}
}
