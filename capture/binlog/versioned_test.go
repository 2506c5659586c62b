package binlog

import (
	"slices"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// Ends of periods as a row image holds them.
const (
	end2038 = "\x7f\xff\xff\xff\x0f\x42\x3f"
	end2106 = "\xff\xff\xff\xff\x0f\x42\x3f"
	ended   = "\x6b\x08\x8f\x48\x00\x6d\x3c"
)

func TestARowIsPresentWhosePeriodEndsWithTime(t *testing.T) {
	for name, c := range map[string]struct {
		end  string
		past bool
	}{
		"in 2038":                     {end2038, false},
		"in 2106, on 11.5":            {end2106, false},
		"a second that is past":       {ended, true},
		"a microsecond before 2038's": {"\x7f\xff\xff\xff\x0f\x42\x3e", true},
		"a second before 2038's":      {"\x7f\xff\xff\xfe\x0f\x42\x3f", true},
		"another upper byte":          {"\x7f\xff\xff\xff\x00\x42\x3f", true},
		"nothing":                     {"", true},
	} {
		if got := isPast([]byte(c.end)); got != c.past {
			t.Errorf("%s: past is %v", name, got)
		}
	}
}

// versionedMap is the table map of a store with a period, as a log that names columns has it.
func versionedMap(key ...uint64) *replication.TableMapEvent {
	e := tableMap()
	e.ColumnCount = 6
	for _, digits := range []uint16{6, 6, 0, 6} {
		e.ColumnType, e.ColumnMeta = append(e.ColumnType, mysql.MYSQL_TYPE_TIMESTAMP2), append(e.ColumnMeta, digits)
	}
	for _, name := range []string{"store_id", "name", "since", "upto", "at", "code"} {
		e.ColumnName = append(e.ColumnName, []byte(name))
	}
	e.PrimaryKey = key
	return e
}

func TestTheEndOfAPeriodStandsBehindThePrimaryKey(t *testing.T) {
	for name, c := range map[string]struct {
		key  []uint64
		want int
	}{
		"a table of the present": {[]uint64{0}, -1},
		"a versioned table":      {[]uint64{0, 3}, 3},
		"a key of other columns": {[]uint64{0, 1}, -1},
		"no key":                 {nil, -1},
		"a key beyond the table": {[]uint64{0, 9}, -1},
		"two columns more":       {[]uint64{0, 2, 3}, -1},
		"no moment":              {[]uint64{0, 4}, -1},
		"a captured column":      {[]uint64{0, 5}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			table, _ := magento.ByName("store")
			k, err := statementSession().describe(versionedMap(c.key...), table)
			if err != nil {
				t.Fatal(err)
			}
			if got := slices.IndexFunc(k.columns, func(c stored) bool { return c.rowEnd }); got != c.want {
				t.Errorf("it is column %d, want %d", got, c.want)
			}
		})
	}
}

func TestOfAVersionedTableOnlyThePresentChanges(t *testing.T) {
	image := func(id, end string) string { return "\xe0" + id + "\x00\x01a" + ended + end + "0123" }
	for name, c := range map[string]struct {
		kind          replication.EnumRowsEventType
		body          string
		before, after string
	}{
		"an insert":                {replication.EnumRowsEventTypeInsert, image("\x07", end2038), "", "7"},
		"an insert of what was":    {replication.EnumRowsEventTypeInsert, image("\x07", ended), "", ""},
		"an update":                {replication.EnumRowsEventTypeUpdate, image("\x07", end2106) + image("\x08", end2106), "7", "8"},
		"an update that ends":      {replication.EnumRowsEventTypeUpdate, image("\x07", end2038) + image("\x07", ended), "7", ""},
		"an update of what was":    {replication.EnumRowsEventTypeUpdate, image("\x07", ended) + image("\x07", ended), "", ""},
		"an update that brings":    {replication.EnumRowsEventTypeUpdate, image("\x07", ended) + image("\x07", end2038), "", "7"},
		"a delete":                 {replication.EnumRowsEventTypeDelete, image("\x07", end2038), "7", ""},
		"a delete of what was":     {replication.EnumRowsEventTypeDelete, image("\x07", ended), "", ""},
		"what was, and an insert":  {replication.EnumRowsEventTypeInsert, image("\x07", ended) + image("\x08", end2038), "", "8"},
		"an insert, and what was ": {replication.EnumRowsEventTypeInsert, image("\x08", end2038) + image("\x07", ended), "", "8"},
	} {
		t.Run(name, func(t *testing.T) {
			s := describing(t, storeID)
			if err := s.mapTable(raw("a"), versionedMap(0, 3)); err != nil {
				t.Fatal(err)
			}
			all, err := s.plans[9].changes(row.NewBatch(nil), c.kind, []byte{31}, []byte{31}, []byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			var got row.Change
			if len(all) > 0 {
				got = all[0]
			}
			if id(got.Before) != c.before || id(got.After) != c.after || len(all) > 1 {
				t.Errorf("it gives %d changes, of %q to %q, want %q to %q", len(all), id(got.Before), id(got.After), c.before, c.after)
			}
		})
	}
}

func id(img *row.Image) string {
	if img == nil {
		return ""
	}
	return string(img.PK)
}

func TestAnImageWithoutTheEndOfItsPeriodIsRefused(t *testing.T) {
	s := describing(t, storeID)
	if err := s.mapTable(raw("a"), versionedMap(0, 3)); err != nil {
		t.Fatal(err)
	}
	if err := s.plans[9].complete([]byte{7}, []byte{15}); err == nil {
		t.Error("a row would be read of which it is not known whether it is present")
	}
}
