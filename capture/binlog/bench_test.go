package binlog

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// BenchmarkDecode reads the rows of orders, at the width of Magento's own tables and with
// about as many NULLs, from an event's bytes to JSON: here, and with the library's decoder
// and encoding/json. Each iteration is one row. Ours keeps the columns that are captured, the
// library's way is charged for all of them, and then for those alone.
func BenchmarkDecode(b *testing.B) {
	for _, name := range []string{"sales_order", "sales_order_item"} {
		table, _ := magento.ByName(name)
		columns := shopColumns(b, name)
		events := [][]byte{wireFormat(), wireMap(1, name, columns), nil}
		const rowsPerEvent = 10
		r := rand.New(rand.NewPCG(1, 2))
		var images [][]byte
		for range rowsPerEvent {
			images = append(images, shopImage(r, columns))
		}
		events[2] = wireRows(replication.WRITE_ROWS_EVENTv1, 1, len(columns), images...)
		b.Run(name+"/here", func(b *testing.B) { benchHere(b, table, events, rowsPerEvent) })
		b.Run(name+"/library, all columns", func(b *testing.B) { benchLibrary(b, columns, nil, events, rowsPerEvent) })
		b.Run(name+"/library, captured columns", func(b *testing.B) { benchLibrary(b, columns, table.Columns, events, rowsPerEvent) })
	}
}

func benchHere(b *testing.B, table magento.Table, events [][]byte, rows int) {
	s := statementSession()
	s.config.Tables[table.Name] = table
	s.config.Charsets = map[uint64]string{utf8mb4Collation: "utf8mb4"}
	s.config.Flavor, s.parser = mysql.MariaDBFlavor, replication.NewBinlogParser()
	s.events, s.free = make(chan *row.Batch, 1), make(chan *row.Batch, 1)
	s.batch = row.NewBatch(s.free)
	if err := s.event(events[0]); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	defer reportCPU(b)()
	for i := 0; b.Loop(); i++ {
		if i%rows > 0 { // an event is one iteration in so many
			continue
		}
		for _, e := range events[1:] {
			if err := s.event(e); err != nil {
				b.Fatal(err)
			}
		}
		if len(s.events) > 0 {
			(<-s.events).Release()
		}
	}
}

func benchLibrary(b *testing.B, columns []wireColumn, kept []string, events [][]byte, rows int) {
	parser := replication.NewBinlogParser()
	parser.SetFlavor(mysql.MariaDBFlavor)
	parser.SetTimestampStringLocation(time.UTC)
	if _, err := parser.Parse(events[0]); err != nil {
		b.Fatal(err)
	}
	wanted := map[string]bool{}
	for _, name := range kept {
		wanted[name] = true
	}
	b.ReportAllocs()
	defer reportCPU(b)()
	for i := 0; b.Loop(); i++ {
		if i%rows > 0 {
			continue
		}
		if _, err := parser.Parse(events[1]); err != nil {
			b.Fatal(err)
		}
		e, err := parser.Parse(events[2])
		if err != nil {
			b.Fatal(err)
		}
		for _, values := range e.Event.(*replication.RowsEvent).Rows {
			image := make(map[string]any, len(values))
			for i, v := range values {
				if kept == nil || wanted[columns[i].name] {
					image[columns[i].name] = v
				}
			}
			if _, err := json.Marshal(image); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// reportCPU reports what the process has used since: on a machine that others use too, time
// says little.
func reportCPU(b *testing.B) func() {
	used := func() time.Duration {
		var u syscall.Rusage
		if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
			b.Fatal(err)
		}
		return time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	before := used()
	return func() { b.ReportMetric(float64((used()-before).Nanoseconds())/float64(b.N), "cpu-ns/row") }
}

var shopColumn = regexp.MustCompile("`([a-z_0-9]+)` (tinyint|smallint|int|bigint|decimal|timestamp|datetime|varchar|text|mediumtext|longtext|blob)\\b(?:\\(([0-9]+)(?:,([0-9]+))?\\))?( unsigned)?")

// shopColumns are those of a table as the invented shop makes it, which are Magento's.
func shopColumns(b *testing.B, table string) (all []wireColumn) {
	b.Helper()
	schema, err := os.ReadFile("../../testenv/shop/schema/5_orders.sql")
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(schema), "`{prefix}"+table+"` (")
	body, _, _ := strings.Cut(after, ";")
	for _, m := range shopColumn.FindAllStringSubmatch(body, -1) {
		c := wireColumn{name: m[1], unsigned: m[5] != ""}
		var size, scale int
		fmt.Sscan(m[3], &size)
		fmt.Sscan(m[4], &scale)
		switch m[2] {
		case "tinyint":
			c.kind = mysql.MYSQL_TYPE_TINY
		case "smallint":
			c.kind = mysql.MYSQL_TYPE_SHORT
		case "int":
			c.kind = mysql.MYSQL_TYPE_LONG
		case "bigint":
			c.kind = mysql.MYSQL_TYPE_LONGLONG
		case "decimal":
			c.kind, c.meta = mysql.MYSQL_TYPE_NEWDECIMAL, []byte{byte(size), byte(scale)}
		case "timestamp":
			c.kind, c.meta = mysql.MYSQL_TYPE_TIMESTAMP2, []byte{0}
		case "datetime":
			c.kind, c.meta = mysql.MYSQL_TYPE_DATETIME2, []byte{0}
		case "varchar":
			c.kind, c.meta, c.collation = mysql.MYSQL_TYPE_VARCHAR, binary.LittleEndian.AppendUint16(nil, uint16(3*size)), utf8mb4Collation
		default:
			c.kind, c.meta, c.collation = mysql.MYSQL_TYPE_BLOB, []byte{2}, utf8mb4Collation
		}
		all = append(all, c)
	}
	if len(all) < 50 {
		b.Fatalf("%s has %d columns", table, len(all))
	}
	return all
}

// shopImage is a row whose numbers are amounts of a shop and whose texts are short; two
// columns in five are NULL.
func shopImage(r *rand.Rand, columns []wireColumn) []byte {
	cells := make([][]byte, len(columns))
	for i, c := range columns {
		if i > 0 && !strings.HasSuffix(c.name, "order_id") && r.IntN(5) < 2 {
			continue
		}
		switch c.kind {
		case mysql.MYSQL_TYPE_TINY:
			cells[i] = []byte{1}
		case mysql.MYSQL_TYPE_SHORT:
			cells[i] = []byte{byte(r.IntN(100)), 0}
		case mysql.MYSQL_TYPE_LONG:
			cells[i] = binary.LittleEndian.AppendUint32(nil, r.Uint32N(1e6))
		case mysql.MYSQL_TYPE_LONGLONG:
			cells[i] = binary.LittleEndian.AppendUint64(nil, r.Uint64N(1e6))
		case mysql.MYSQL_TYPE_NEWDECIMAL:
			cells[i] = bytes.Repeat([]byte{0}, decimalWidth(int(c.meta[0]), int(c.meta[1])))
			cells[i][0] = 0x80
			width := len(cells[i])
			binary.BigEndian.PutUint16(cells[i][width-2:], uint16(r.IntN(10000)))
			cells[i][width-3] = byte(r.IntN(200))
		case mysql.MYSQL_TYPE_TIMESTAMP2:
			cells[i] = binary.BigEndian.AppendUint32(nil, 1_700_000_000+r.Uint32N(1e6))
		case mysql.MYSQL_TYPE_DATETIME2:
			cells[i] = []byte{0x99, 0xb2, 0x7e, 0x8a, 0x1f}
		case mysql.MYSQL_TYPE_BLOB:
			cells[i] = append([]byte{60, 0}, bytes.Repeat([]byte("short text "), 6)[:60]...)
		default:
			text := "value of " + c.name
			if int(binary.LittleEndian.Uint16(c.meta)) > 255 {
				cells[i] = append([]byte{byte(len(text)), 0}, text...)
			} else {
				text = text[:min(len(text), int(c.meta[0]))]
				cells[i] = append([]byte{byte(len(text))}, text...)
			}
		}
	}
	return wireImage(cells)
}
