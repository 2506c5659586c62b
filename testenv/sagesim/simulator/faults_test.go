package simulator_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		name   string
		fault  simulator.Fault
		status int    // 0: the connection breaks
		header string // Retry-After
		made   bool   // the contact is in the books nevertheless
	}{
		{"too many requests, with a time to wait", simulator.Fault{Mode: "status", RetryAfter: 7}, 429, "7", false},
		{"too many requests, without one", simulator.Fault{Mode: "status"}, 429, "", false},
		{"any status", simulator.Fault{Mode: "status", Status: 503}, 503, "", false},
		{"any status after the effect", simulator.Fault{Mode: "status_after_commit", Status: 404, Body: "<html>"}, 404, "", true},
		{"an error before the effect", simulator.Fault{Mode: "500_before"}, 500, "", false},
		{"an error after the effect", simulator.Fault{Mode: "500_after_commit"}, 500, "", true},
		{"a gateway's page before the effect", simulator.Fault{Mode: "502_html"}, 502, "", false},
		{"a gateway's page after the effect", simulator.Fault{Mode: "502_after_commit"}, 502, "", true},
		{"a connection that breaks before the effect", simulator.Fault{Mode: "drop_before"}, 0, "", false},
		{"a connection that breaks after the effect", simulator.Fault{Mode: "drop_after_commit"}, 0, "", true},
		{"a slow effect", simulator.Fault{Mode: "delay", Delay: 1}, 201, "", true},
		{"a slow answer", simulator.Fault{Mode: "delay_after_commit", Delay: 1}, 201, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, simulator.Options{})
			c.fault.Method, c.fault.Path = "POST", "/v3.1/contacts"
			w.sim.Fault(c.fault)
			w.ok(200, w.do("GET", "/contacts", ""))
			r, err := w.try("POST", "/contacts", ada)
			if (err != nil) != (c.status == 0) || r.status != c.status || r.header.Get("Retry-After") != c.header {
				t.Errorf("answered %d (Retry-After %q), %v", r.status, r.header.Get("Retry-After"), err)
			}
			if made := len(w.sim.Documents()) == 1; made != c.made || w.sim.Calls().Writes == 1 != c.made {
				t.Errorf("contact made: %v, want %v", made, c.made)
			}
			w.ok(201, w.do("POST", "/contacts", ada)) // the fault is used up; the same id makes one contact
			if n := len(w.sim.Documents()); n != 1 {
				t.Errorf("after the repetition there are %d contacts, want 1", n)
			}
		})
	}
}

func TestADelayedWriteHappensAfterItsClientLeft(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	w.sim.Fault(simulator.Fault{Mode: "delay", Method: "POST", Delay: 50})
	client := http.Client{Timeout: 5 * time.Millisecond}
	req, err := http.NewRequest("POST", w.url+"/v3.1/contacts", strings.NewReader(ada))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	req.Header.Set("Content-Type", "application/json")
	if res, err := client.Do(req); err == nil {
		t.Fatalf("the client waited: %s", res.Status)
	}
	for deadline := time.Now().Add(5 * time.Second); len(w.sim.Documents()) == 0; {
		if time.Now().After(deadline) {
			t.Fatal("the write never happened")
		}
		w.ok(200, w.do("GET", "/contacts", ""))
	}
}

func TestFaultsAreArrangedOverHTTP(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	control := func(method, body string) reply {
		req, err := http.NewRequest(method, w.url+"/_sim/faults", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r, err := send(req)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	w.ok(204, control("POST", `[{"path":"/token","mode":"status","status":503,"skip":1,"count":2},{"mode":"status","count":-1,"path":"/v3.1/sales"}]`))
	first := w.sim.Grant()
	second := w.ok(200, w.refresh(first.Refresh)).str("refresh_token")
	w.ok(503, w.refresh(second))
	w.ok(503, w.refresh(second))
	w.ok(200, w.refresh(second))
	for range 3 {
		w.ok(429, w.do("GET", "/sales_invoices", ""))
	}
	if r := control("GET", ""); !strings.Contains(r.text, `"count": -1`) {
		t.Errorf("the faults that wait are %s", r.text)
	}
	w.ok(204, control("DELETE", ""))
	w.ok(200, w.do("GET", "/sales_invoices", ""))
	w.ok(400, control("POST", `[{"mode":"earthquake"}]`))
	w.ok(400, control("POST", `{"mode":"status"}`))
}
