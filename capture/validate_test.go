package capture

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A placed is a record and where it stands.
type placed struct {
	topic.Record
	partition int
}

// records reads a domain's topic, partition by partition.
func (r *running) records(d change.Domain) (all []placed) {
	r.t.Helper()
	for p := range r.stage.partitions()[d] {
		_, err := r.stage.Topics.ReadAll(context.Background(), r.stage.Names.Raw(d), p, func(rec topic.Record) error {
			all = append(all, placed{rec, p})
			return nil
		})
		if err != nil {
			r.t.Fatal(err)
		}
	}
	return all
}

// A known is what a reader knows of a row.
type knownRow struct {
	json    string
	root    string
	version change.Version
}

// table is what a reader of a domain has in the end: by key, the newest or equal
// version wins, deleted rows and rows from before the last snapshot are gone.
func table(t testing.TB, records []placed) map[string]knownRow {
	t.Helper()
	rows, begin := map[string]knownRow{}, map[string]change.Version{}
	for _, r := range records {
		version, err := change.ParseVersion(r.Header(change.HeaderVersion))
		if err != nil {
			t.Fatal(err)
		}
		switch r.Header(change.HeaderKind) {
		case change.KindCommit:
			continue
		case change.KindSnapshotBegin, change.KindSnapshotEnd:
			s, err := change.DecodeSnapshot(r.Value)
			if err != nil {
				t.Fatal(err)
			}
			begin[s.Table] = change.Latest(begin[s.Table], s.Begin)
			continue
		}
		place := fmt.Sprintf("%d/%s", r.partition, r.Key)
		if known, ok := rows[place]; ok && version.Before(known.version) {
			continue
		}
		e, err := change.DecodeEnvelope(r.Value)
		if err != nil {
			t.Fatal(err)
		}
		known := knownRow{version: version, root: r.Header(change.HeaderRoot)}
		if e != nil && e.Op != change.Delete {
			known.json = string(e.After)
		}
		rows[place] = known
	}
	for place, row := range rows {
		if row.json == "" || row.version.Before(change.Latest(begin[""], begin[tableOf(t, place)])) {
			delete(rows, place)
		}
	}
	return rows
}

// tableOf is the table in a place of a row: 3/{"table":"sales_order",…}.
func tableOf(t testing.TB, place string) string {
	t.Helper()
	_, key, _ := strings.Cut(place, "/")
	k, err := change.DecodeKey([]byte(key))
	if err != nil {
		t.Fatal(err)
	}
	return k.Table
}

// expected reads the tables of a domain as a reader should know them.
func (s *magentoShop) expected(d change.Domain, partitions int) map[string]knownRow {
	s.t.Helper()
	ctx := s.t.Context()
	db, err := source.Open(s.t.Context(), s.config.source("other"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	all := map[string]knownRow{}
	for _, t := range magento.InDomain(d) {
		if !db.Captures(t) {
			continue
		}
		layout, err := db.Layout(ctx, t)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, img := range s.selectAll(db.Qualified(t.Name), layout) {
			passes := s.passes(db, t, img)
			root, ok := s.rootOf(db, layout.Table, img)
			if !passes || !ok {
				continue
			}
			partition := 0
			if root != "" {
				partition = topic.Partition(root, partitions)
			}
			all[fmt.Sprintf("%d/%s", partition, img.Key)] = knownRow{json: string(img.JSON), root: string(root)}
		}
	}
	return all
}

// passes says by the shop's own tables whether a row may leave.
func (s *magentoShop) passes(db *source.Database, t magento.Table, img row.Image) bool {
	s.t.Helper()
	switch t.Filter {
	case magento.ListedPaths:
		return slices.Contains(magento.ConfigPaths, strings.Trim(string(img.FilterValue), `"`))
	case magento.ListedAttributes:
		code, ok, err := db.AttributeCode(s.t.Context(), string(img.FilterValue))
		if err != nil {
			s.t.Fatal(err)
		}
		return ok && slices.Contains(s.config.attributes()[t.Root.Kind], code)
	case magento.GroupedLinks:
		return string(img.FilterValue) == "3"
	case magento.NegotiatedCarts:
		var negotiated bool
		if err := s.db.QueryRow("SELECT COUNT(*) > 0 FROM "+s.config.TablePrefix+"negotiable_quote WHERE quote_id = ?", string(img.FilterValue)).Scan(&negotiated); err != nil {
			s.t.Fatal(err)
		}
		return negotiated
	}
	return true
}

// rootOf says by the shop's own tables which aggregate a row belongs to.
func (s *magentoShop) rootOf(db *source.Database, t magento.Table, img row.Image) (change.Root, bool) {
	s.t.Helper()
	if t.Root.Column == "" {
		return "", true
	}
	if t.Root.Kind == change.AggregateStock {
		var sku string
		if err := json.Unmarshal(img.Root, &sku); err != nil {
			s.t.Fatal(err)
		}
		return change.NewStockRoot(sku), true
	}
	id, err := strconv.ParseUint(string(img.Root), 10, 64)
	ok := err == nil
	if ok && t.Root.Parent != "" {
		if id, ok, err = db.RootOfParent(s.t.Context(), t.Root, id); err != nil {
			s.t.Fatal(err)
		}
	}
	if !ok {
		return "", false
	}
	return change.NewRoot(t.Root.Kind, id), true
}

func (s *magentoShop) selectAll(table string, l *row.Layout) (all []row.Image) {
	s.t.Helper()
	var names []string
	for _, c := range l.Columns {
		name := "`" + c.Name + "`"
		if c.Kind == row.Float {
			name += "+0e0" // its own text is rounded
		}
		names = append(names, name)
	}
	rows, err := s.db.Query("SELECT " + strings.Join(names, ", ") + " FROM " + table)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	raw, values, at := make([]sql.RawBytes, len(names)), make([][]byte, len(names)), make([]any, len(names))
	for i := range raw {
		at[i] = &raw[i]
	}
	for rows.Next() {
		if err := rows.Scan(at...); err != nil {
			s.t.Fatal(err)
		}
		for i := range raw {
			values[i] = raw[i]
		}
		_, img := l.AppendSelected(nil, values)
		all = append(all, img)
	}
	return all
}

// sameAsShop compares what a reader of every topic knows with the tables.
func (r *running) sameAsShop(s *magentoShop) (rows int) {
	r.t.Helper()
	for _, d := range magento.Domains() {
		have, want := table(r.t, r.records(d)), s.expected(d, r.stage.partitions()[d])
		faults := 0
		for place, row := range want {
			if got := have[place]; (got.json != row.json || got.root != row.root) && faults < 5 {
				faults++
				r.t.Errorf("%s %s\n have %s %q\n want %s %q", d, place, got.json, got.root, row.json, row.root)
			}
		}
		for place, row := range have {
			if _, ok := want[place]; !ok && faults < 10 {
				faults++
				r.t.Errorf("%s %s is known and not in the shop: %s", d, place, row.json)
			}
		}
		rows += len(want)
	}
	return rows
}

// unbroken checks every partition's chain of markers: none names a predecessor
// that is newer than what stands before it. (A chunk that was delivered and not
// saved leaves a marker that the next session does not know of.)
func (r *running) unbroken() {
	r.t.Helper()
	markers := 0
	for _, d := range magento.Domains() {
		last := map[int]change.Version{}
		for _, rec := range r.records(d) {
			if rec.Header(change.HeaderKind) != change.KindCommit {
				continue
			}
			c, err := change.DecodeCommit(rec.Value)
			if err != nil {
				r.t.Fatal(err)
			}
			if before := last[rec.partition]; before.Before(c.Previous) {
				r.t.Errorf("%s/%d: marker %s names %s as previous, and only %s stands before it", d, rec.partition, c.Version, c.Previous, before)
			}
			last[rec.partition] = change.Latest(last[rec.partition], c.Version)
			markers++
		}
	}
	if markers == 0 {
		r.t.Error("there is no marker at all")
	}
}

// envelopes decodes the row records of one table.
func envelopes(t testing.TB, records []placed, table string) (all []*change.Envelope) {
	t.Helper()
	for _, r := range records {
		if r.Header(change.HeaderKind) != "" {
			continue
		}
		key, err := change.DecodeKey(r.Key)
		if err != nil {
			t.Fatal(err)
		}
		if key.Table != table {
			continue
		}
		e, err := change.DecodeEnvelope(r.Value)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func decodeRow[T any](t testing.TB, raw json.RawMessage) (row T) {
	t.Helper()
	if err := json.Unmarshal(raw, &row); err != nil {
		t.Fatal(err)
	}
	return row
}

// oneOfEach puts n rows into every table, each child hanging on a parent.
func (s *magentoShop) oneOfEach(n int) {
	s.t.Helper()
	for _, t := range magento.Tables {
		for i := 1; i <= n; i++ {
			var columns, values []string
			for _, c := range s.columns(t) {
				columns, values = append(columns, "`"+c+"`"), append(values, sampleValue(t, c, i))
			}
			s.exec(fmt.Sprintf("INSERT INTO `%s%s` (%s) VALUES (%s)", s.config.TablePrefix, t.Name, strings.Join(columns, ","), strings.Join(values, ",")))
		}
	}
}

func sampleValue(t magento.Table, column string, i int) string {
	switch kind := columnType(t.Name, column); {
	case column == "path":
		return "'" + magento.ConfigPaths[i] + "'"
	case column == "attribute_code":
		return []string{"'price'", "'vat_office'", "'shoe_size'"}[i%3]
	case column == "link_type_id":
		return fmt.Sprint(2 + i%3)
	case strings.Contains(kind, "int"):
		return fmt.Sprint(i)
	case strings.HasPrefix(kind, "decimal"):
		return fmt.Sprintf("%d.%04d", i*1000, i)
	case strings.HasPrefix(kind, "timestamp"), strings.HasPrefix(kind, "date"):
		return fmt.Sprintf("'2026-01-31 12:00:%02d'", i)
	}
	return fmt.Sprintf("'%s %d ä\"\\\\'", column[:1], i)
}
