package binlog

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A columnType is a type of MySQL's or MariaDB's, and how a random value of it is stored.
type columnType struct {
	name   string
	column wireColumn
	cell   func(r *rand.Rand) []byte
}

// columnTypes are all types that have a form here and in the library, which does not know COMPRESSED columns. UUID,
// INET4, INET6 and VECTOR are where they are captured, because the log does not tell them from bytes.
func columnTypes() []columnType {
	all := []columnType{
		{"bit(1)", wireColumn{kind: mysql.MYSQL_TYPE_BIT, meta: []byte{1, 0}}, func(r *rand.Rand) []byte { return []byte{byte(r.IntN(2))} }},
		{"bit(13)", wireColumn{kind: mysql.MYSQL_TYPE_BIT, meta: []byte{5, 1}}, func(r *rand.Rand) []byte { return []byte{byte(r.IntN(32)), byte(r.Int())} }},
		{"bit(64)", wireColumn{kind: mysql.MYSQL_TYPE_BIT, meta: []byte{0, 8}}, anyBytes(8)},
		{"float", wireColumn{kind: mysql.MYSQL_TYPE_FLOAT, meta: []byte{4}}, func(r *rand.Rand) []byte {
			return binary.LittleEndian.AppendUint32(nil, math.Float32bits(float32(r.NormFloat64()*math.Pow10(r.IntN(60)-30))))
		}},
		{"double", wireColumn{kind: mysql.MYSQL_TYPE_DOUBLE, meta: []byte{8}}, func(r *rand.Rand) []byte {
			return binary.LittleEndian.AppendUint64(nil, math.Float64bits(r.NormFloat64()*math.Pow10(r.IntN(600)-300)))
		}},
		{"year", wireColumn{kind: mysql.MYSQL_TYPE_YEAR}, anyBytes(1)},
		{"date", wireColumn{kind: mysql.MYSQL_TYPE_DATE}, func(r *rand.Rand) []byte {
			n := r.IntN(10000)<<9 | r.IntN(13)<<5 | r.IntN(32)
			return []byte{byte(n), byte(n >> 8), byte(n >> 16)}
		}},
		{"time before 5.6", wireColumn{kind: mysql.MYSQL_TYPE_TIME}, func(r *rand.Rand) []byte {
			n := r.IntN(839)*10000 + r.IntN(60)*100 + r.IntN(60)
			return []byte{byte(n), byte(n >> 8), byte(n >> 16)}
		}},
		{"timestamp before 5.6", wireColumn{kind: mysql.MYSQL_TYPE_TIMESTAMP}, sometimesZero(anyBytes(4))},
		{"datetime before 5.6", wireColumn{kind: mysql.MYSQL_TYPE_DATETIME}, sometimesZero(func(r *rand.Rand) []byte {
			n := uint64(r.IntN(10000))*1e10 + uint64(r.IntN(13))*1e8 + uint64(r.IntN(32))*1e6 + uint64(r.IntN(24))*1e4 + uint64(r.IntN(60))*100 + uint64(r.IntN(60))
			return binary.LittleEndian.AppendUint64(nil, n)
		})},
		{"enum", wireColumn{kind: mysql.MYSQL_TYPE_STRING, meta: []byte{mysql.MYSQL_TYPE_ENUM, 1}, collation: utf8mb4Collation, labels: []string{"new", "ä, \"b\"", "x"}}, func(r *rand.Rand) []byte { return []byte{byte(r.IntN(4))} }},
		{"enum of two bytes", wireColumn{kind: mysql.MYSQL_TYPE_STRING, meta: []byte{mysql.MYSQL_TYPE_ENUM, 2}, collation: utf8mb4Collation, labels: []string{"only"}}, func(r *rand.Rand) []byte { return []byte{byte(r.IntN(2)), 0} }},
		{"set", wireColumn{kind: mysql.MYSQL_TYPE_STRING, meta: []byte{mysql.MYSQL_TYPE_SET, 1}, collation: utf8mb4Collation, labels: []string{"a", "b c", "ü"}}, func(r *rand.Rand) []byte { return []byte{byte(r.IntN(8))} }},
		{"binary(20)", wireColumn{kind: mysql.MYSQL_TYPE_STRING, meta: []byte{mysql.MYSQL_TYPE_STRING, 20}, collation: binaryCollation}, prefixed(1, someText(20))},
		{"char(255) of utf8mb4", wireColumn{kind: mysql.MYSQL_TYPE_STRING, meta: []byte{0xce, 0xfc}, collation: utf8mb4Collation}, prefixed(2, someText(1020))},
		{"varchar(63) of utf8mb4", wireColumn{kind: mysql.MYSQL_TYPE_VARCHAR, meta: []byte{252, 0}, collation: utf8mb4Collation}, prefixed(1, someText(252))},
		{"varchar(255) of utf8mb4", wireColumn{kind: mysql.MYSQL_TYPE_VARCHAR, meta: []byte{0xfc, 3}, collation: utf8mb4Collation}, prefixed(2, someText(1020))},
		{"varbinary(100)", wireColumn{kind: mysql.MYSQL_TYPE_VARCHAR, meta: []byte{100, 0}, collation: binaryCollation}, prefixed(1, func(r *rand.Rand) []byte { return anyBytes(r.IntN(100))(r) })},
		{"geometry", wireColumn{kind: mysql.MYSQL_TYPE_GEOMETRY, meta: []byte{4}, collation: binaryCollation}, prefixed(4, func(r *rand.Rand) []byte { return anyBytes(25)(r) })},
		{"json", wireColumn{kind: mysql.MYSQL_TYPE_JSON, meta: []byte{4}}, prefixed(4, func(r *rand.Rand) []byte {
			text := fmt.Sprintf("ä%d\"", r.Int())
			return append([]byte{0x0c, byte(len(text))}, text...)
		})},
	}
	for width := range 4 {
		all = append(all, columnType{fmt.Sprintf("a blob whose length has %d bytes", width+1), wireColumn{kind: mysql.MYSQL_TYPE_BLOB, meta: []byte{byte(width + 1)}, collation: utf8mb4Collation}, prefixed(width+1, someText(250))})
	}
	for _, unsigned := range []bool{false, true} {
		for name, c := range map[string]struct {
			kind byte
			size int
		}{"tinyint": {mysql.MYSQL_TYPE_TINY, 1}, "smallint": {mysql.MYSQL_TYPE_SHORT, 2}, "mediumint": {mysql.MYSQL_TYPE_INT24, 3}, "int": {mysql.MYSQL_TYPE_LONG, 4}, "bigint": {mysql.MYSQL_TYPE_LONGLONG, 8}} {
			all = append(all, columnType{fmt.Sprintf("%s, unsigned: %v", name, unsigned), wireColumn{kind: c.kind, unsigned: unsigned}, anyBytes(c.size)})
		}
	}
	for digits := range 7 {
		fraction := func(r *rand.Rand) []byte {
			n := r.IntN(int(math.Pow10(digits)))
			if digits%2 == 1 {
				n *= 10
			}
			var b [4]byte
			binary.BigEndian.PutUint32(b[:], uint32(n))
			return b[4-(digits+1)/2:]
		}
		meta := []byte{byte(digits)}
		all = append(all,
			columnType{fmt.Sprintf("timestamp(%d)", digits), wireColumn{kind: mysql.MYSQL_TYPE_TIMESTAMP2, meta: meta}, func(r *rand.Rand) []byte {
				return append(binary.BigEndian.AppendUint32(nil, 1+r.Uint32N(math.MaxUint32)), fraction(r)...)
			}},
			columnType{fmt.Sprintf("datetime(%d)", digits), wireColumn{kind: mysql.MYSQL_TYPE_DATETIME2, meta: meta}, func(r *rand.Rand) []byte {
				n := uint64(1)<<39 | uint64(r.IntN(9999)*13+1+r.IntN(12))<<22 | uint64(1+r.IntN(31))<<17 | uint64(r.IntN(24))<<12 | uint64(r.IntN(60))<<6 | uint64(r.IntN(60))
				return append(binary.BigEndian.AppendUint64(nil, n)[3:], fraction(r)...)
			}},
			columnType{fmt.Sprintf("time(%d)", digits), wireColumn{kind: mysql.MYSQL_TYPE_TIME2, meta: meta}, func(r *rand.Rand) []byte {
				n := int64(r.IntN(839)<<12 | r.IntN(60)<<6 | r.IntN(60))
				rest := fraction(r)
				for _, x := range rest {
					n = n<<8 | int64(x)
				}
				if r.IntN(2) == 0 {
					n = -n
				}
				n += 1 << (8*(3+len(rest)) - 1)
				return binary.BigEndian.AppendUint64(nil, uint64(n))[8-3-len(rest):]
			}})
	}
	for _, d := range [][2]int{{20, 4}, {12, 4}, {65, 30}, {65, 0}, {30, 30}, {9, 9}, {18, 0}, {1, 0}, {10, 2}, {38, 19}, {5, 1}} {
		all = append(all, columnType{fmt.Sprintf("decimal(%d,%d)", d[0], d[1]), wireColumn{kind: mysql.MYSQL_TYPE_NEWDECIMAL, meta: []byte{byte(d[0]), byte(d[1])}}, func(r *rand.Rand) []byte {
			return storedDecimal(r, d[0], d[1])
		}})
	}
	for i := range all {
		all[i].column.name = fmt.Sprintf("c%d", i)
	}
	return all
}

func anyBytes(n int) func(r *rand.Rand) []byte {
	return func(r *rand.Rand) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Int())
		}
		return b
	}
}

func sometimesZero(f func(r *rand.Rand) []byte) func(r *rand.Rand) []byte {
	return func(r *rand.Rand) []byte {
		b := f(r)
		if r.IntN(4) == 0 {
			clear(b)
		}
		return b
	}
}

// prefixed puts a value's length before it, in so many bytes.
func prefixed(width int, f func(r *rand.Rand) []byte) func(r *rand.Rand) []byte {
	return func(r *rand.Rand) []byte {
		b := f(r)
		return append(binary.LittleEndian.AppendUint64(nil, uint64(len(b)))[:width:width], b...)
	}
}

// someText is text of up to some bytes, with what JSON escapes in it.
func someText(longest int) func(r *rand.Rand) []byte {
	parts := []string{"a", "Straße", "\"", "\\", "\n", "€", "😀", " ", "plain text of some length", "\x01", "</b>"}
	return func(r *rand.Rand) (b []byte) {
		b = []byte{}
		for n := r.IntN(longest + 1); ; {
			part := parts[r.IntN(len(parts))]
			if len(b)+len(part) > n {
				return b
			}
			b = append(b, part...)
		}
	}
}

// storedDecimal is a random DECIMAL as the server's decimal2bin stores it.
func storedDecimal(r *rand.Rand, precision, scale int) []byte {
	var b []byte
	group := func(digits int) {
		if digits > 0 {
			n := r.IntN(int(math.Pow10(digits)))
			if r.IntN(3) == 0 {
				n = 0
			}
			b = append(b, binary.BigEndian.AppendUint32(nil, uint32(n))[4-digitBytes[digits]:]...)
		}
	}
	whole := precision - scale
	group(whole % 9)
	for range whole / 9 {
		group(9)
	}
	for range scale / 9 {
		group(9)
	}
	group(scale % 9)
	if r.IntN(2) == 0 && strings.Trim(string(b), "\x00") != "" {
		for i := range b {
			b[i] ^= 0xff
		}
	}
	b[0] ^= 0x80
	return b
}

// libraryReads is the JSON of a value as go-mysql decodes it.
func libraryReads(c wireColumn, v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case float32:
		return strconv.FormatFloat(float64(v), 'g', -1, 32)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case int64:
		switch {
		case c.kind == mysql.MYSQL_TYPE_BIT:
			return strconv.FormatUint(uint64(v), 10)
		case c.labels != nil && c.meta[0] == mysql.MYSQL_TYPE_ENUM:
			return quotedJSON(append([]string{""}, c.labels...)[v])
		case c.labels != nil:
			var chosen []string
			for i, label := range c.labels {
				if v&(1<<i) != 0 {
					chosen = append(chosen, label)
				}
			}
			return quotedJSON(strings.Join(chosen, ","))
		}
		return fmt.Sprint(v)
	case []byte:
		if c.kind == mysql.MYSQL_TYPE_GEOMETRY {
			return `"` + base64.StdEncoding.EncodeToString(v) + `"`
		}
		return quotedJSON(string(v))
	case string:
		switch c.kind {
		case mysql.MYSQL_TYPE_DATETIME2, mysql.MYSQL_TYPE_DATETIME:
			v = strings.Replace(v, " ", "T", 1)
		case mysql.MYSQL_TYPE_TIMESTAMP2, mysql.MYSQL_TYPE_TIMESTAMP:
			v = strings.Replace(v, " ", "T", 1) + "Z"
		case mysql.MYSQL_TYPE_TIME2: // the library leaves a fraction of 0 out, and the server does not
			if !strings.Contains(v, ".") && c.meta[0] > 0 {
				v += "." + strings.Repeat("0", int(c.meta[0]))
			}
		case mysql.MYSQL_TYPE_STRING:
			if c.collation == binaryCollation {
				v += strings.Repeat("\x00", int(c.meta[1])-len(v))
			}
		}
		return quotedJSON(v)
	}
	return fmt.Sprint(v) // the integers
}

func quotedJSON(s string) string { return string(row.AppendString(nil, []byte(s))) }

// typesSession reads a table that has a column of every type, and all of them captured.
func typesSession(t testing.TB, types []columnType) *Session {
	t.Helper()
	table := magento.Table{Name: "types", PK: []string{"id"}}
	columns := append(typeColumns(types), wireColumn{name: "id", kind: mysql.MYSQL_TYPE_LONG})
	for _, c := range columns {
		table.Columns = append(table.Columns, c.name)
	}
	s := statementSession()
	s.config.Tables["types"] = table
	s.config.Charsets = map[uint64]string{binaryCollation: "binary", utf8mb4Collation: "utf8mb4", latin1Collation: "latin1"}
	s.parser = replication.NewBinlogParser()
	s.parser.SetFlavor(mysql.MariaDBFlavor)
	for _, e := range [][]byte{wireFormat(), wireMap(1, "types", columns)} {
		if err := s.event(e); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func typeColumns(types []columnType) (all []wireColumn) {
	for _, each := range types {
		all = append(all, each.column)
	}
	return all
}

// Each value reads as the library reads it, in rows of random values and NULLs. Zero and
// impossible times are in other tests: there the library's forms are of several kinds.
func TestEveryTypeReadsAsTheLibraryReadsIt(t *testing.T) {
	types := columnTypes()
	s := typesSession(t, types)
	library := replication.NewBinlogParser()
	library.SetFlavor(mysql.MariaDBFlavor)
	library.SetTimestampStringLocation(time.UTC)
	library.SetRenderJSONAsMySQLText(true)
	columns := append(typeColumns(types), wireColumn{name: "id", kind: mysql.MYSQL_TYPE_LONG})
	for _, e := range [][]byte{wireFormat(), wireMap(1, "types", columns)} {
		if _, err := library.Parse(e); err != nil {
			t.Fatal(err)
		}
	}
	rows := 5_000
	if testing.Short() {
		rows = 1_000
	}
	for seed := range rows {
		r := rand.New(rand.NewPCG(uint64(seed), 7))
		cells := make([][]byte, len(columns))
		for i, each := range types {
			if r.IntN(10) > 0 {
				cells[i] = each.cell(r)
			}
		}
		cells[len(types)] = binary.LittleEndian.AppendUint32(nil, uint32(seed))
		event := wireRows(replication.WRITE_ROWS_EVENTv1, 1, len(columns), wireImage(cells))
		event[replication.EventHeaderSize+6] = 0 // not the statement's last: the library would forget the table map
		s.batch = row.NewBatch(nil)
		if err := s.event(event); err != nil {
			t.Fatal(err)
		}
		parsed, err := library.Parse(event)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]json.RawMessage
		img := s.batch.Events[0].Changes[0].After
		if err := json.Unmarshal(img.JSON, &got); err != nil {
			t.Fatalf("%v: %s", err, img.JSON)
		}
		for i, v := range parsed.Event.(*replication.RowsEvent).Rows[0] {
			c := columns[i]
			if want := libraryReads(c, v); string(got[c.name]) != want {
				t.Fatalf("row %d, %s: %x reads %s, and %s to the library", seed, types[i].name, cells[i], got[c.name], want)
			}
		}
	}
}

// FuzzEveryType reads arbitrary bytes as a row of every type: it gives valid JSON or an
// error, and never more than there is.
func FuzzEveryType(f *testing.F) {
	types := columnTypes()
	s := typesSession(f, types)
	columns := len(types) + 1
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 7))
		cells := make([][]byte, columns)
		for i, each := range types {
			cells[i] = each.cell(r)
		}
		cells[len(types)] = []byte{1, 2, 3, 4}
		f.Add(wireImage(cells))
	}
	f.Fuzz(func(t *testing.T, image []byte) {
		s.batch = row.NewBatch(nil)
		if s.dispatch(wireRows(replication.WRITE_ROWS_EVENTv1, 1, columns, image)) != nil { // event would hide a panic
			return
		}
		for _, c := range s.batch.Events[0].Changes {
			if !json.Valid(c.After.JSON) || !json.Valid(c.After.Key) {
				t.Errorf("%x reads %s under %s", image, c.After.JSON, c.After.Key)
			}
		}
	})
}

// FuzzEvent reads arbitrary bytes as an event of a captured table: an error, never a panic.
func FuzzEvent(f *testing.F) {
	types := columnTypes()
	s := typesSession(f, types)
	f.Add(byte(replication.TABLE_MAP_EVENT), wireMap(1, "types", typeColumns(types))[replication.EventHeaderSize:])
	f.Add(byte(replication.UPDATE_ROWS_EVENTv2), wireRows(replication.UPDATE_ROWS_EVENTv2, 1, len(types)+1)[replication.EventHeaderSize:])
	f.Add(byte(replication.MARIADB_WRITE_ROWS_COMPRESSED_EVENT_V1), wireRows(replication.MARIADB_WRITE_ROWS_COMPRESSED_EVENT_V1, 1, len(types)+1, []byte{0x81, 5, 1})[replication.EventHeaderSize:])
	f.Fuzz(func(_ *testing.T, kind byte, body []byte) {
		if k := replication.EventType(kind); k == replication.TABLE_MAP_EVENT || isRows(k) {
			s.batch = row.NewBatch(nil)
			if k == replication.TABLE_MAP_EVENT {
				_ = s.event(wireEvent(k, body))
			} else {
				_ = s.dispatch(wireEvent(k, body)) // event would hide a panic
			}
		}
	})
}
