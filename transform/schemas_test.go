package transform

import (
	"encoding/binary"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/registry"
)

// newRegistry is a schema registry, and a client of it.
func newRegistry(t *testing.T) (*srfake.Registry, *registry.Client) {
	t.Helper()
	server := srfake.New()
	t.Cleanup(server.Close)
	client, err := registry.Dial(registry.Config{URL: server.URL(), Username: "alice", Password: "hunter2"})
	if err != nil {
		t.Fatal(err)
	}
	return server, client
}

// values are those of a kind, from all partitions, by key in the order of offsets.
func (w *world) values(k canonical.Kind) map[string][]string {
	w.t.Helper()
	all := map[string][]string{}
	for p := range partitions {
		_, err := w.client.ReadAll(w.t.Context(), w.names.Canonical(string(k)), p, func(r topic.Record) error {
			all[string(r.Key)] = append(all[string(r.Key)], string(r.Value))
			return nil
		})
		w.must(err)
	}
	return all
}

func TestValuesBeginWithTheIDOfTheirSchema(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	server, client := newRegistry(t)
	r := w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.Nop(), Schemas: client})
	r.settled()
	for _, info := range canonical.Kinds() {
		kept, ok := server.GetSchema(w.names.Canonical(string(info.Kind))+"-value", 1)
		if !ok || kept.Schema.Schema != string(canonical.Schema(info.Kind)) {
			t.Errorf("the registry has no schema of %s", info.Kind)
		}
	}
	for _, k := range []canonical.Kind{canonical.KindOrder, canonical.KindInvoice} {
		kept, _ := server.GetSchema(w.names.Canonical(string(k))+"-value", 1)
		all := w.values(k)
		if len(all) == 0 {
			t.Errorf("there is no %s", k)
		}
		for key, values := range all {
			for _, v := range values {
				if v[0] != 0 || binary.BigEndian.Uint32([]byte(v[1:5])) != uint32(kept.ID) || v[5] != '{' {
					t.Errorf("%s begins with %q, want a zero and the id %d", key, v[:6], kept.ID)
				}
			}
		}
	}
}

// TestARegistryThatComesOrGoesEmitsNothing has a stage with a state, and one that has lost it.
func TestARegistryThatComesOrGoesEmitsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, client := newRegistry(t)
	kept := t.TempDir()
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	w.commit(12, customerRow(5, nil))
	var before []published
	for n, run := range []struct {
		what    string
		dir     string
		schemas *registry.Client
	}{
		{"without a registry", kept, nil},
		{"one comes", kept, client},
		{"the state is lost", t.TempDir(), client},
		{"it goes", kept, nil},
		{"and the state is lost", t.TempDir(), nil},
		{"it comes again, and the state is lost", t.TempDir(), client},
	} {
		r := w.startWith(&Stage{Config: Config{StateDir: run.dir}, Log: zerolog.Nop(), Schemas: run.schemas})
		r.settled()
		w.commit(uint64(20+2*n), customerRow(100+n, nil)) // in each form
		r.settled()
		r.until("the new customer is out", func() bool { return len(w.emissions()) > len(before) })
		w.must(r.end())
		after := w.emissions()
		if n > 0 && len(after) != len(before)+1 {
			t.Errorf("%s: there are %d records, and %d were there; one is new", run.what, len(after), len(before))
		}
		before = after
	}
	forms := map[bool]int{}
	for _, values := range w.values(canonical.KindCustomer) {
		forms[values[0][0] == 0]++
	}
	if forms[true] == 0 || forms[false] == 0 {
		t.Errorf("the forms are %v, want both", forms)
	}
}

func TestARegistryThatIsAwayOrRefusesIsWaitedFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status        int
		problem, hint string
	}{
		"away":     {0, "schema registry: http://127.0.0.1", "start it"},
		"refusing": {http.StatusConflict, "incompatible", "set the subject's compatibility"},
		"locked":   {http.StatusUnauthorized, "refuses the login", "kafka.schema_registry.password"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.whole()
			w.commit(10, referenceRows("General")...)
			w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
			server, client := newRegistry(t)
			server.Intercept(func(answer http.ResponseWriter, r *http.Request) bool {
				switch {
				case c.status == 0:
					panic(http.ErrAbortHandler) // the connection ends
				case !strings.HasSuffix(r.URL.Path, "/versions"):
					return false
				}
				answer.WriteHeader(c.status)
				return true
			})
			var log logBuffer
			board := &health.Board{}
			r := w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.New(&log), Health: board, Schemas: client})
			r.until("the board says it", func() bool {
				all := board.Troubles()
				return len(all) == 1 && strings.Contains(all[0].Problem, c.problem) && strings.Contains(all[0].Hint, c.hint)
			})
			if n := len(w.values(canonical.KindInvoice)); n != 0 {
				t.Errorf("%d invoices are out, without an id", n)
			}
			server.ClearInterceptors()
			r.settled()
			r.eventually(20*time.Second, "the board is empty", func() bool { return len(board.Troubles()) == 0 })
			if n := len(w.values(canonical.KindInvoice)); n != 1 {
				t.Errorf("%d invoices are out", n)
			}
			if slices.ContainsFunc(log.lines(), func(line string) bool { return strings.Contains(line, "hunter2") }) {
				t.Error("the log tells the password")
			}
		})
	}
}
