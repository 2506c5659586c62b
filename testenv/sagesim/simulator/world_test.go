package simulator_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// today is when every test happens, unless it moves the clock.
var today = time.Date(2026, 3, 16, 9, 30, 0, 0, time.UTC)

// A world is one simulator and one client that is allowed everything.
type world struct {
	t     *testing.T
	sim   *simulator.Server
	url   string
	token string
	mu    sync.Mutex
	now   time.Time
}

func newWorld(t *testing.T, o simulator.Options) *world {
	w := &world{t: t, now: today}
	o.Clock = w.clock
	w.sim, w.url = simulator.Start(t, o)
	w.token = w.sim.Grant().Access
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// A reply is what the simulator answered.
type reply struct {
	status int
	header http.Header
	text   string
	object map[string]any // when the body is a JSON object
}

// do makes one call; body is JSON text.
func (w *world) do(method, path, body string, headers ...string) reply {
	w.t.Helper()
	r, err := w.try(method, path, body, headers...)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

func (w *world) try(method, path, body string, headers ...string) (reply, error) {
	req, err := http.NewRequest(method, w.url+"/v3.1"+path, strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Authorization", "Bearer "+w.token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return send(req)
}

func send(req *http.Request) (reply, error) {
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	r := reply{status: res.StatusCode, header: res.Header, text: string(text)}
	if bytes.HasPrefix(text, []byte("{")) {
		err = json.Unmarshal(text, &r.object)
	}
	return r, err
}

// get walks into an object: "status.id", "invoice_lines.0.tax_amount".
func (r reply) get(path string) any {
	var at any = r.object
	for _, name := range strings.Split(path, ".") {
		switch v := at.(type) {
		case map[string]any:
			at = v[name]
		case []any:
			if i := int(name[0] - '0'); i < len(v) {
				at = v[i]
			} else {
				return nil
			}
		default:
			return nil
		}
	}
	return at
}

func (r reply) str(path string) string {
	s, _ := r.get(path).(string)
	return s
}

// ok fails the test unless the answer has this status.
func (w *world) ok(status int, r reply) reply {
	w.t.Helper()
	if r.status != status {
		w.t.Fatalf("answered %d, want %d: %s", r.status, status, r.text)
	}
	return r
}

// shows fails the test where the object does not show these values.
func (w *world) shows(r reply, want map[string]any) {
	w.t.Helper()
	for path, value := range want {
		if got := r.get(path); got != value {
			w.t.Errorf("%s is %v, want %v", path, got, value)
		}
	}
}

// refused fails the test unless the answer is this refusal.
func (w *world) refused(r reply, status int, code, message, source string) {
	w.t.Helper()
	var all []map[string]string
	if err := json.Unmarshal([]byte(r.text), &all); err != nil || len(all) == 0 {
		w.t.Fatalf("answered %d without a list of errors: %s", r.status, r.text)
	}
	got := all[0]
	if r.status != status || got["$dataCode"] != code || !strings.Contains(got["$message"], message) || got["$source"] != source {
		w.t.Errorf("answered %d %s, want %d %s %q at %q", r.status, r.text, status, code, message, source)
	}
}

// customer makes a contact in a currency and returns its id.
func (w *world) customer(reference, currency string) string {
	w.t.Helper()
	r := w.do("POST", "/contacts", `{"contact":{"name":"Ada Example","contact_type_ids":["CUSTOMER"],"reference":"`+reference+`","currency_id":"`+currency+`",
		"main_address":{"address_line_1":"1 Test Street","city":"Leeds","postal_code":"LS1 1AA","country_id":"GB","address_type_id":"ACCOUNTS"},
		"main_contact_person":{"name":"Ada Example","email":"`+strings.ToLower(reference)+`@example.test"}}}`)
	return w.ok(201, r).str("id")
}

// line is one invoice line at the standard rate.
func line(price, quantity, tax string) string {
	return lineAt("GB_STANDARD", price, quantity, tax)
}

func lineAt(rate, price, quantity, tax string) string {
	return `{"description":"Blue mug","ledger_account_id":"` + chart.Sales + `","quantity":"` + quantity + `","unit_price":"` + price +
		`","tax_rate_id":"` + rate + `","tax_amount":"` + tax + `"}`
}

// A sale is a document in the making.
type sale struct {
	contact, date, reference string
	more                     string // further fields, beginning with a comma
	lines                    []string
}

func (s sale) body(root, lines string) string {
	if s.date == "" {
		s.date = "2026-03-16"
	}
	return `{"` + root + `":{"contact_id":"` + s.contact + `","date":"` + s.date + `","reference":"` + s.reference + `"` + s.more +
		`,"` + lines + `":[` + strings.Join(s.lines, ",") + `]}}`
}

func (w *world) invoice(s sale) reply {
	w.t.Helper()
	return w.do("POST", "/sales_invoices", s.body("sales_invoice", "invoice_lines"))
}

func (w *world) creditNote(s sale) reply {
	w.t.Helper()
	return w.do("POST", "/sales_credit_notes", s.body("sales_credit_note", "credit_note_lines"))
}

// A transfer is a payment in the making; artefact may be empty.
type transfer struct{ kind, contact, total, artefact, amount, more string }

func (w *world) pay(p transfer) reply {
	w.t.Helper()
	if p.kind == "" {
		p.kind = "CUSTOMER_RECEIPT"
	}
	allocated := ""
	if p.artefact != "" {
		allocated = `,"allocated_artefacts":[{"artefact_id":"` + p.artefact + `","amount":"` + p.amount + `"}]`
	}
	bank := chart.BankAccounts("GBP")[0].ID
	return w.do("POST", "/contact_payments", `{"contact_payment":{"transaction_type_id":"`+p.kind+`","contact_id":"`+p.contact+
		`","bank_account_id":"`+bank+`","date":"2026-03-16","reference":"R-1","total_amount":"`+p.total+`"`+p.more+allocated+`}}`)
}

// balance is what one account holds: debits less credits.
func (w *world) balance(nominal int) string {
	w.t.Helper()
	for _, b := range w.ledger().Trial {
		if b.Nominal == nominal {
			return b.Balance.Fixed(2)
		}
	}
	return "0.00"
}

// ledger is the lead business's; it always balances and agrees with what is open.
func (w *world) ledger() simulator.Ledger {
	w.t.Helper()
	l := w.sim.Ledgers()[0]
	if !l.Balanced || !l.DebtorsAgree {
		w.t.Fatalf("the ledger balances: %v, debtors agree: %v", l.Balanced, l.DebtorsAgree)
	}
	return l
}
