package binlog

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/money"
)

func TestCharactersOfLatin1AreThoseOfWindows1252(t *testing.T) {
	if got := string(fromLatin1([]byte("caf\xe9 \x80 \x81"))); got != "café € \u0081" {
		t.Errorf("read %q", got)
	}
}

// FuzzDecimal reads arbitrary bytes as a DECIMAL(20,4): whatever the digits, the
// result is a decimal that money reads, with four places.
func FuzzDecimal(f *testing.F) {
	f.Add([]byte{0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		c := newStored(mysql.MYSQL_TYPE_NEWDECIMAL, 20<<8|4)
		width, _ := c.width()
		if len(b) < width {
			return
		}
		text := string(c.append(nil, b[:width]))
		digits := strings.Trim(text, `"`)
		if _, err := money.Parse(digits); err != nil {
			t.Errorf("%x reads %s: %v", b[:width], text, err)
		}
		if point := strings.IndexByte(digits, '.'); len(digits)-point != 5 {
			t.Errorf("%x reads %s, want four places", b[:width], text)
		}
	})
}

// testPlan is a table of an int, a varchar, a decimal, a timestamp and a blob.
func testPlan(t testing.TB) *plan {
	t.Helper()
	described, _ := magento.ByName("sales_order_item")
	layout, err := row.NewLayout(described, map[string]row.Kind{
		"item_id": row.Integer, "order_id": row.Integer, "sku": row.Text, "qty_ordered": row.Decimal, "name": row.Text,
	})
	if err != nil {
		t.Fatal(err)
	}
	columns := []stored{
		newStored(mysql.MYSQL_TYPE_LONG, 0), newStored(mysql.MYSQL_TYPE_VARCHAR, 200), newStored(mysql.MYSQL_TYPE_NEWDECIMAL, 20<<8|4),
		newStored(mysql.MYSQL_TYPE_TIMESTAMP2, 0), newStored(mysql.MYSQL_TYPE_BLOB, 2), newStored(mysql.MYSQL_TYPE_LONGLONG, 0),
	}
	return newPlan(layout, columns, func(name string) int {
		return slices.Index([]string{"item_id", "sku", "qty_ordered", "not_captured", "name", "order_id"}, name)
	})
}

// FuzzImage reads arbitrary bytes as a row of several types: it gives valid JSON
// or an error, and never more than there is.
func FuzzImage(f *testing.F) {
	table := testPlan(f)
	f.Add([]byte{0, 1, 0, 0, 0, 2, 'h', 'i', 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x65, 0, 0, 0, 1, 0, 'x'})
	f.Fuzz(func(t *testing.T, body []byte) {
		all, err := table.changes(row.NewBatch(nil), replication.EnumRowsEventTypeInsert, []byte{0x3f}, nil, body)
		if err != nil {
			return
		}
		for _, c := range all {
			for _, img := range []*row.Image{c.Before, c.After} {
				if img != nil && (!json.Valid(img.JSON) || !json.Valid(img.Key)) {
					t.Errorf("%x reads %s under %s", body, img.JSON, img.Key)
				}
			}
		}
	})
}

// A document of every kind of value, to the depth that servers allow.
func TestAJSONDocumentIsReadUnlessItsPartsRepeat(t *testing.T) {
	nested := func(depth int) []byte {
		b := []byte{smallArray, 0, 0, 4, 0}
		for range depth {
			b = append([]byte{smallArray, 1, 0, byte(len(b) + 6), byte((len(b) + 6) >> 8), b[0], 7, 0}, b[1:]...)
		}
		return b
	}
	for name, c := range map[string]struct {
		document []byte
		ok       bool
	}{
		"a number":                           {[]byte{5, 7, 0}, true},
		"a text":                             {[]byte{jsonString, 2, 'h', 'i'}, true},
		"an array of two":                    {[]byte{smallArray, 2, 0, 10, 0, 4, 0, 0, 4, 1, 0}, true},
		"as deep as allowed":                 {nested(99), true},
		"deeper":                             {nested(150), false},
		"an array that has itself":           {[]byte{smallArray, 1, 0, 7, 0, smallArray, 0, 0}, false},
		"more entries than bytes":            {[]byte{smallArray, 0xff, 0xff, 7, 0}, false},
		"one text again and again":           {[]byte{smallArray, 3, 0, 23, 0, jsonString, 13, 0, jsonString, 13, 0, jsonString, 13, 0, 9, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'}, false},
		"a text that ends behind its bytes":  {[]byte{jsonString, 9, 'h'}, false},
		"a key that ends behind its bytes":   {[]byte{smallObject, 1, 0, 9, 0, 11, 0, 0xff, 0xff, 4, 0, 0}, false},
		"an offset into the entries":         {[]byte{smallArray, 1, 0, 8, 0, jsonString, 3, 0, 1}, false},
		"a type that nobody knows":           {[]byte{99, 1}, false},
		"an object of a key of one":          {[]byte{smallObject, 1, 0, 12, 0, 11, 0, 1, 0, 5, 7, 0, 'a'}, true},
		"a large array with a number inside": {[]byte{largeArray, 1, 0, 0, 0, 13, 0, 0, 0, 7, 1, 0, 0, 0}, true},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := document(c.document)
			if (err == nil) != c.ok {
				t.Errorf("it reads %s, %v", text, err)
			}
		})
	}
}
