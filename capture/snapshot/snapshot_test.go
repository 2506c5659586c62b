package snapshot

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

func TestACompositeKeyIsComparedColumnByColumn(t *testing.T) {
	r := Range{Table: "`d`.`t`", Columns: []string{"a", "b", "x"}, PK: []string{"a", "b"}, After: []string{"1", "2"}, Until: []string{"8", "9"}, Limit: 5}
	query, args := r.query()
	want := "SELECT c.`a`, c.`b`, c.`x` FROM `d`.`t` AS c WHERE (c.`a` > ? OR (c.`a` = ? AND c.`b` > ?)) AND (c.`a` < ? OR (c.`a` = ? AND c.`b` <= ?)) ORDER BY c.`a`, c.`b` LIMIT 5"
	if query != want {
		t.Errorf("query\n%s\nwant\n%s", query, want)
	}
	if got := fmt.Sprint(args); got != "[1 1 2 8 8 9]" {
		t.Errorf("arguments %s", got)
	}
}

// database is an empty one on the test server, as a source and by itself.
func database(t *testing.T) (*source.Database, *sql.DB, string) {
	t.Helper()
	c, err := mysql.ParseDSN(servers.SourceForTest(t))
	if err != nil {
		t.Fatal(err)
	}
	c.InterpolateParams = true
	db, err := sql.Open("mysql", c.FormatDSN())
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("snapshot_%x", rand.Uint32())
	exec(t, db, "CREATE DATABASE "+name)
	t.Cleanup(func() { exec(t, db, "DROP DATABASE "+name); db.Close() })
	host, port, _ := net.SplitHostPort(c.Addr)
	number, _ := strconv.Atoi(port)
	shop, err := source.Open(t.Context(), source.Options{Host: host, Port: number, User: c.User, Password: secret.String(c.Passwd), Database: name})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shop.Close() })
	return shop, db, name
}

func exec(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	if _, err := db.Exec(query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

// chunks reads a range to its end and lists each chunk's first column.
func chunks(t *testing.T, views Views, r Range) (all []string) {
	t.Helper()
	for {
		var rows []string
		c, err := readChunk(t.Context(), views, r, position.From{}, func(v [][]byte) error {
			text := "NULL"
			if v[len(v)-1] != nil {
				text = string(v[len(v)-1])
			}
			rows = append(rows, string(v[0])+":"+text)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.Join(rows, " "))
		if c.Done {
			return all
		}
		r.After = c.Last
	}
}

func TestRangesCoverATableOnceUpToTheKeyThatWasItsLast(t *testing.T) {
	shop, db, name := database(t)
	exec(t, db, "CREATE TABLE "+name+".t (a int unsigned PRIMARY KEY, p int, x varchar(5))")
	exec(t, db, "CREATE TABLE "+name+".parent (id int PRIMARY KEY, root int)")
	exec(t, db, "INSERT INTO "+name+".parent VALUES (1, 100)")
	r := Range{Table: name + ".t", Columns: []string{"a", "p", "x"}, PK: []string{"a"}, Until: []string{"4294967295"}, Limit: 2}
	if got := chunks(t, shop, r); !slices.Equal(got, []string{""}) {
		t.Errorf("an empty table gives %q", got)
	}
	exec(t, db, "INSERT INTO "+name+".t VALUES (0,1,'a'), (5,1,NULL), (9,2,''), (4294967295,1,'z')")
	if got, want := chunks(t, shop, r), []string{"0:a 5:NULL", "9: 4294967295:z"}; !slices.Equal(got, want) {
		t.Errorf("chunks %q, want %q", got, want)
	}
	r.Parent = &Parent{Table: name + ".parent", PK: "id", Child: "p", Column: "root"}
	if got, want := chunks(t, shop, r), []string{"0:100 5:100", "9:NULL 4294967295:100"}; !slices.Equal(got, want) {
		t.Errorf("with their parent's column %q, want %q", got, want)
	}
	r.Until = []string{"5"}
	if got, want := chunks(t, shop, r), []string{"0:100 5:100"}; !slices.Equal(got, want) {
		t.Errorf("up to 5 %q, want %q", got, want)
	}
}

// A fakeStream runs tasks at once, one after the other, and notes what it is asked to publish.
type fakeStream struct {
	mu       sync.Mutex
	watches  []*func(table string, key []byte)
	opened   int    // watches ever
	between  func() // runs when a view is about to be read
	recent   map[string][]string
	did      []string
	progress change.Progress
	saved    []change.Progress
	chunks   int // PublishChunk was called
	refuse   func() error
	version  change.Version // of the last transaction; zero is 5.7
}

func (f *fakeStream) RunAtBoundary(ctx context.Context, _ position.Position, task func(context.Context) error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	watched := len(f.watches)
	if err := task(ctx); err != nil {
		return err
	}
	if len(f.watches) > watched && f.between != nil {
		f.between()
	}
	return nil
}

func (f *fakeStream) Watermark() (position.From, change.Version) {
	if f.version.IsZero() {
		return position.From{}, change.Version{Epoch: 5, Sequence: 7}
	}
	return position.From{}, f.version
}

func (f *fakeStream) AtBoundary(_ position.Position, task func(context.Context) error) {
	_ = task(context.Background())
}

func (f *fakeStream) Advance(_ context.Context, note func(change.Version)) error {
	note(change.Version{Epoch: 5, Sequence: 7})
	return nil
}

func (f *fakeStream) Watch(touched func(string, []byte)) (stop func()) {
	w := &touched
	f.watches, f.opened = append(f.watches, w), f.opened+1
	return func() { f.watches = slices.DeleteFunc(f.watches, func(o *func(string, []byte)) bool { return o == w }) }
}

// touched is what the log brings.
func (f *fakeStream) touched(table string, key []byte) {
	for _, w := range f.watches {
		(*w)(table, key)
	}
}

func (f *fakeStream) Recent() map[string][]string { return f.recent }

func (f *fakeStream) PublishChunk(_ context.Context, layout *row.Layout, rows iter.Seq[row.SnapshotRow]) (n int64, err error) {
	f.chunks++
	if f.refuse != nil && f.refuse() != nil {
		return 0, f.refuse()
	}
	for r := range rows {
		f.did = append(f.did, layout.Table.Name+" "+string(r.Image.PK))
		n++
	}
	return n, nil
}

func (f *fakeStream) PublishControl(kind string, body change.Snapshot) error {
	f.did = append(f.did, kind+" "+string(body.Domain))
	return nil
}

func (f *fakeStream) NoteProgress(_ change.Scope, p change.Progress) {
	f.progress = p
	f.saved = append(f.saved, p)
}

// ordersAlone is a source of which sales_order alone is captured.
type ordersAlone struct{ *source.Database }

// LocksToSee is that of a server whose views are proved, whatever the one at hand is.
func (ordersAlone) LocksToSee() string { return "" }

func (ordersAlone) Captures(t magento.Table) bool { return t.Name == "sales_order" }

func TestATableThatIsNotThereIsNotOneWithoutRows(t *testing.T) {
	s, f := aTableOfThree(t)
	s.Source = s.Source.(ordersAlone).Database
	var missing *source.MissingError
	if err := s.Run(t.Context()); !errors.As(err, &missing) || missing.Table != "sales_order_item" {
		t.Errorf("the snapshot ended with %v, want a MissingError of the next table", err)
	}
	if slices.Contains(f.did, "snapshot_end sales") {
		t.Errorf("published %q: what was there before is deleted", f.did)
	}
}

// aTableOfThree is the one table of a shop, with rows 1, 2 and 3.
func aTableOfThree(t *testing.T) (*Snapshotter, *fakeStream) {
	t.Helper()
	shop, db, name := database(t)
	exec(t, db, "CREATE TABLE "+name+".sales_order (entity_id int unsigned PRIMARY KEY)")
	exec(t, db, "INSERT INTO "+name+".sales_order VALUES (1), (2), (3)")
	f := &fakeStream{}
	return &Snapshotter{Source: ordersAlone{shop}, Stream: f, ChunkRows: 2, Progress: map[change.Domain]change.Progress{
		change.Reference: {Done: true}, change.Customer: {Done: true}, change.Catalog: {Done: true},
	}}, f
}

func TestASnapshotIsItsChunksBetweenItsControlRecords(t *testing.T) {
	s, f := aTableOfThree(t)
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []string{"snapshot_begin sales", "sales_order 1", "sales_order 2", "sales_order 3", "snapshot_end sales"}
	if !slices.Equal(f.did, want) || !f.progress.Done || f.progress.Rows != 3 || f.progress.Begin != (change.Version{Epoch: 5, Sequence: 7}) {
		t.Errorf("published %q with progress %+v, want %q", f.did, f.progress, want)
	}
}

func TestASnapshotGoesOnAfterTheLastKeyThatWasSaved(t *testing.T) {
	s, f := aTableOfThree(t)
	begin := change.Version{Epoch: 5, Sequence: 1}
	s.Progress[change.Sales] = change.Progress{Epoch: 5, Begin: begin, Rows: 1, Parts: []change.Part{
		{Table: "sales_order", Until: []string{"2"}, Begun: []string{"2"}, Open: []change.KeyRange{{After: []string{"1"}, Until: []string{"2"}}}},
	}}
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"sales_order 2", "snapshot_end sales"}; !slices.Equal(f.did, want) || f.progress.Begin != begin || f.progress.Rows != 2 {
		t.Errorf("published %q with progress %+v, want %q: row 3 came later and is the log's", f.did, f.progress, want)
	}
}

func TestARowThatTheLogTouchedBetweenTheWatermarksIsLeftToTheLog(t *testing.T) {
	s, f := aTableOfThree(t)
	f.between = func() {
		f.touched("sales_order", []byte(`{"table":"sales_order","pk":{"entity_id":2}}`))
		f.touched("sales_invoice", []byte(`{"table":"sales_order","pk":{"entity_id":1}}`))
	}
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"snapshot_begin sales", "sales_order 1", "sales_order 3", "snapshot_end sales"}; !slices.Equal(f.did, want) || f.progress.Rows != 2 {
		t.Errorf("published %q, want %q", f.did, want)
	}
}

func TestAChunkWhoseWindowOverflowedIsReadAgain(t *testing.T) {
	s, f := aTableOfThree(t)
	s.ChunkRows = 10
	times := 0
	f.between = func() {
		if times++; times == 1 {
			for i := range maxTouched + 2 {
				f.touched("sales_order", fmt.Append(nil, i))
			}
		}
	}
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"snapshot_begin sales", "sales_order 1", "sales_order 2", "sales_order 3", "snapshot_end sales"}; !slices.Equal(f.did, want) || times != 2 || f.chunks != 1 {
		t.Errorf("published %q in %d chunks after %d readings, want %q in one after two", f.did, f.chunks, times, want)
	}
}

func TestATableThatIsDoneIsNotReadAgain(t *testing.T) {
	s, f := aTableOfThree(t)
	s.Progress[change.Sales] = change.Progress{Epoch: 5, Begin: change.Version{Epoch: 5, Sequence: 1}, Tables: []string{"sales_order"}, Rows: 3}
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"snapshot_end sales"}; !slices.Equal(f.did, want) || f.progress.Rows != 3 {
		t.Errorf("published %q with progress %+v, want %q", f.did, f.progress, want)
	}
}

// Its topic is as it was, and whoever asks whether the snapshot is over gets a yes.
func TestADomainOfWhichNothingIsAskedForIsPassed(t *testing.T) {
	s, f := aTableOfThree(t)
	s.Progress = map[change.Domain]change.Progress{change.Reference: {Done: true}, change.Customer: {Done: true}, change.Sales: {Done: true}}
	if err := s.Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(f.did) > 0 || !f.progress.Done || f.progress.Epoch != 5 {
		t.Errorf("published %q with progress %+v", f.did, f.progress)
	}
}
