package registry

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"
)

func TestAnExaminationSaysWhatWouldComeOfIt(t *testing.T) {
	older := sr.Schema{Schema: `{"type":"object","title":"before"}`, Type: sr.TypeJSON}
	incompatible := func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/compatibility") {
			fmt.Fprint(w, `{"is_compatible":false}`)
			return true
		}
		return false
	}
	nothingToCompare := func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/compatibility") {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error_code":40402,"message":"no version"}`)
			return true
		}
		return false
	}
	for name, c := range map[string]struct {
		before     *sr.Schema
		registered bool
		intercept  func(http.ResponseWriter, *http.Request) bool
		want       string
	}{
		"nothing is there":          {intercept: nothingToCompare, want: "schemas: ok (registered by the first start: m.canonical.invoice-value)"},
		"it is there":               {registered: true, want: "schemas: ok"},
		"an older one is there":     {before: &older, want: "schemas: ok (registered by the first start: m.canonical.invoice-value)"},
		"one that it cannot follow": {before: &older, intercept: incompatible, want: "incompatible with the one before: set the subject's compatibility to FORWARD"},
	} {
		t.Run(name, func(t *testing.T) {
			client, server, asked := dialed(t, Config{})
			if c.before != nil {
				server.SeedSchema(invoices.Name, 1, 1, *c.before)
			}
			if c.registered {
				if _, err := client.Register(t.Context(), invoices); err != nil {
					t.Fatal(err)
				}
			}
			if c.intercept != nil {
				server.Intercept(c.intercept)
			}
			*asked = nil
			list := client.Examine(t.Context(), []Subject{invoices})
			if len(list) != 2 || !list[0].OK() || !strings.Contains(list[1].String(), c.want) {
				t.Errorf("it finds %v, want %q", list, c.want)
			}
			if all := strings.Join(*asked, "\n"); strings.Contains(all, "POST /subjects/"+invoices.Name+"/versions") {
				t.Errorf("it registers:\n%s", all)
			}
		})
	}
}

func TestAnExaminationOfNobodySaysItOnce(t *testing.T) {
	list := dial(t, Config{URL: "http://127.0.0.1:1"}).Examine(t.Context(), []Subject{invoices, SubjectOf("m.canonical.order", invoices.Schema)})
	if len(list) != 1 || list[0].Check != "reachable" || !strings.Contains(list[0].Problem, "does not answer") {
		t.Errorf("it finds %v", list)
	}
}

func TestAnExaminationOfAServerThatIsNoRegistryAsksOnce(t *testing.T) {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.NotFound(w, r)
	}))
	defer server.Close()
	list := dial(t, Config{URL: server.URL}).Examine(t.Context(), []Subject{invoices})
	if len(list) != 1 || list[0].Check != "reachable" || asked != 1 {
		t.Errorf("after %d calls it finds %v", asked, list)
	}
}
