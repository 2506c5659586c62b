package assemble_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/transform/assemble"
	"github.com/mage2sage/mage2sage/transform/reference"
)

var update = flag.Bool("update", false, "write the golden files")

// A golden is testdata/<case>/rows.json: what Magento's tables hold. The entities that
// come of it are in the files beside it.
type golden struct {
	Says    string                       `json:"says"`
	Rows    map[string][]json.RawMessage `json:"rows"`
	Deleted []string                     `json:"deleted"` // tables of which the root has a deleted row
	Emitted []canonical.ID               `json:"emitted"` // what was emitted before
	At      time.Time                    `json:"at"`      // of the newest change, where it matters
}

func readGolden(t *testing.T, dir string) golden {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "rows.json"))
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&g); err != nil {
		t.Fatal(err)
	}
	return g
}

// rootOf is the root that the goldens of a kind of aggregate have.
func rootOf(aggregate string) change.Root {
	if aggregate == change.AggregateStock {
		return change.NewStockRoot("24-MB01")
	}
	id := map[string]uint64{change.AggregateOrder: 7, change.AggregateCustomer: 5, change.AggregateCompany: 3, change.AggregateEstimate: 9, change.AggregateProduct: 9}[aggregate]
	return change.NewRoot(aggregate, cmp.Or(id, 1))
}

// split makes input of a golden: the rows of its root, and those of reference data.
func (g golden) split(t *testing.T) (in assemble.Input, referenceRows []reference.Row) {
	t.Helper()
	var tables []string
	for name := range g.Rows {
		tables = append(tables, name)
	}
	sort.Strings(tables)
	in = assemble.Input{Root: rootOf(change.AggregateOrder), Complete: true, Emitted: g.Emitted, At: g.At.Unix()}
	for _, name := range tables {
		table, ok := magento.ByName(name)
		if !ok {
			t.Fatalf("no table %s", name)
		}
		for n, value := range g.Rows[name] {
			checkColumns(t, table, value)
			if table.Domain == change.Reference {
				referenceRows = append(referenceRows, reference.Row{Table: name, PK: fmt.Sprint(n), Value: value})
				continue
			}
			in.Rows = append(in.Rows, assemble.Row{Table: name, PK: fmt.Sprint(n), Value: value})
			in.Root = rootOf(table.Root.Kind)
		}
	}
	for _, name := range g.Deleted {
		table, ok := magento.ByName(name)
		if !ok {
			t.Fatalf("no table %s", name)
		}
		in.Rows, in.Root = append(in.Rows, assemble.Row{Table: name, Deleted: true}), rootOf(table.Root.Kind)
	}
	return in, referenceRows
}

func checkColumns(t *testing.T, table magento.Table, value []byte) {
	t.Helper()
	allowed := map[string]bool{}
	for _, c := range table.Columns {
		allowed[c] = true
	}
	var have map[string]any
	if err := json.Unmarshal(value, &have); err != nil {
		t.Fatal(err)
	}
	for c := range have {
		if !allowed[c] {
			t.Errorf("%s has no column %s", table.Name, c)
		}
	}
}

// entities assembles a golden, and stamps what comes of it as the stage does.
func (g golden) entities(t *testing.T) []canonical.Entity {
	t.Helper()
	in, referenceRows := g.split(t)
	view, misfits, err := reference.New(referenceRows, "")
	if err != nil || len(misfits) > 0 {
		t.Fatal(misfits, err)
	}
	a, err := assemble.Assemble(in, view)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range a.Entities {
		*e.Head() = stamped(*e.Head(), e.ID(), in.Root)
	}
	return a.Entities
}

func stamped(head canonical.Envelope, id canonical.ID, root change.Root) canonical.Envelope {
	head.Schema, head.Source = canonical.SchemaName(id.Kind()), canonical.Source{Name: "shop", Root: root}
	head.Version, head.OccurredAt = change.Version{Epoch: 1772355600000, Sequence: 42}, "2026-03-01T09:00:00Z"
	return head
}

// goldens lists the folders of all cases.
func goldens(t *testing.T) (dirs []string) {
	t.Helper()
	files, err := filepath.Glob("testdata/*/rows.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		dirs = append(dirs, filepath.Dir(file))
	}
	return dirs
}

func TestGoldenDocuments(t *testing.T) {
	for _, dir := range goldens(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			g := readGolden(t, dir)
			all := g.entities(t)
			if len(all) == 0 {
				t.Errorf("nothing comes of it")
			}
			for _, e := range all {
				compare(t, filepath.Join(dir, fmt.Sprintf("%s-%s.json", e.ID().Kind(), e.ID().Text())), e)
			}
		})
	}
}

// TestTheOrderOfRowsDoesNotMatter reads each golden's rows backwards.
func TestTheOrderOfRowsDoesNotMatter(t *testing.T) {
	for _, dir := range goldens(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			in, referenceRows := readGolden(t, dir).split(t)
			slices.Reverse(referenceRows)
			view, misfits, err := reference.New(referenceRows, "")
			if err != nil || len(misfits) > 0 {
				t.Fatal(misfits, err)
			}
			forwards, err := assemble.Assemble(in, view)
			if err != nil {
				t.Fatal(err)
			}
			slices.Reverse(in.Rows)
			backwards, err := assemble.Assemble(in, view)
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(asJSON(t, forwards.Entities), asJSON(t, backwards.Entities)); diff != "" {
				t.Errorf("read forwards and backwards it differs (-forwards +backwards):\n%s", diff)
			}
		})
	}
}

// TestEveryEntityHasAState holds what the next event relies on: "" would mean that the
// entity was never emitted.
func TestEveryEntityHasAState(t *testing.T) {
	for _, dir := range goldens(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			for _, e := range readGolden(t, dir).entities(t) {
				s, err := assemble.Summarize(e, assemble.Previous{})
				if err != nil {
					t.Fatal(err)
				}
				if s.State == "" && !e.Head().Deleted {
					t.Errorf("%s has no state", e.ID())
				}
				if kind, _, _ := strings.Cut(s.Event, "."); kind != string(e.ID().Kind()) {
					t.Errorf("the event of %s is %s", e.ID(), s.Event)
				}
			}
		})
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func compare(t *testing.T, file string, e canonical.Entity) {
	t.Helper()
	got, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(got, '\n')
	if *update {
		if err := os.WriteFile(file, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs (-want +got), -update writes it:\n%s", file, diff)
	}
}
