package deliver

import (
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
)

func TestWhatEachOutcomeMakesOfAnOperation(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		body    string
		header  []string
		attempt int // before
		state   work.OperationState
		reason  string
		counted bool
		least   time.Duration // of the wait
		most    time.Duration
	}{
		"500 may have been executed":            {500, "", nil, 0, work.InDoubt, "ambiguous", true, 3 * time.Minute, 3 * time.Minute},
		"doubt waits no longer each time":       {502, "<html>", nil, 20, work.InDoubt, "ambiguous", true, 3 * time.Minute, 3 * time.Minute},
		"an answer without an id is no answer":  {201, `{}`, nil, 0, work.InDoubt, "ambiguous", true, 3 * time.Minute, 3 * time.Minute},
		"an answer that is no JSON":             {201, `<html>`, nil, 0, work.InDoubt, "ambiguous", true, 3 * time.Minute, 3 * time.Minute},
		"a gateway's 404 is no refusal":         {404, `<html>`, nil, 0, work.InDoubt, "ambiguous", true, 3 * time.Minute, 3 * time.Minute},
		"422 is refused with Sage's code":       {422, `[{"$dataCode":"RecordInvalid","$source":"date"}]`, nil, 0, work.Refused, "RecordInvalid", true, 0, 0},
		"404 is refused":                        {404, `[{"$dataCode":"RecordNotFound"}]`, nil, 0, work.Refused, "RecordNotFound", true, 0, 0},
		"429 waits as long as Sage asks":        {429, "", []string{"Retry-After", "7"}, 3, work.InDoubt, "throttled", false, 7 * time.Second, 7*time.Second + jitter},
		"429 that names no time waits a second": {429, "", nil, 3, work.InDoubt, "throttled", false, time.Second, time.Second + jitter},
		"403 is not the document's fault":       {403, `[{"$dataCode":"Forbidden"}]`, nil, 0, work.InDoubt, "not allowed", false, forbiddenWait, forbiddenWait},
		"401 and there is no new token":         {401, `[{"$dataCode":"AuthorizationFailure"}]`, nil, 0, work.InDoubt, "ambiguous", true, 3 * time.Minute, 3 * time.Minute},
		"a gateway's 401 may have passed":       {401, ``, nil, 0, work.InDoubt, "ambiguous", true, 3 * time.Minute, 3 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.answers(c.status, c.body, c.header...)
			o := invoice()
			o.Attempt = c.attempt
			w.queue = []work.Operation{o}
			w.step()
			r := w.only()
			if r.State != c.state || r.Reason != c.reason || r.Uncounted == c.counted {
				t.Errorf("%s %q, counted %v; want %s %q, counted %v", r.State, r.Reason, !r.Uncounted, c.state, c.reason, c.counted)
			}
			if r.Wait < c.least || r.Wait > c.most {
				t.Errorf("waits %s, want %s to %s", r.Wait, c.least, c.most)
			}
			if r.Posted != nil || r.SageID != "" || r.Payment != "" {
				t.Errorf("%+v: something is confirmed", r)
			}
		})
	}
}

func TestWhatAnOutcomeSaysOfTheBusiness(t *testing.T) {
	w := newWorld(t)
	w.answers(429, "", "Retry-After", "7")
	w.queue = []work.Operation{invoice(), invoice()}
	w.step()
	if len(w.putOff) != 1 || w.putOff[0] < 7*time.Second || len(w.queue) != 1 {
		t.Errorf("put off by %v with %d left, want 7 s and no second call", w.putOff, len(w.queue))
	}

	w = newWorld(t)
	w.answers(403, `[{"$dataCode":"Forbidden"}]`)
	w.queue = []work.Operation{invoice(), invoice()}
	w.step()
	if len(w.pauses) != 1 || w.pauses[0].State != work.Forbidden || w.pauses[0].Wait != forbiddenWait || !strings.Contains(w.pauses[0].Hint, "Full Access") {
		t.Errorf("%+v, want forbidden for a minute, with what to do", w.pauses)
	}
}

func TestWhatSageComputedIsComparedWithThePrediction(t *testing.T) {
	for name, c := range map[string]struct {
		total, tax string
		want       work.ItemState
	}{
		"the same":          {"30.00", "5.00", work.ItemPosted},
		"a penny more":      {"30.01", "5.00", work.ItemParked},
		"another tax":       {"30.00", "4.99", work.ItemParked},
		"the same, longer":  {"30.0000", "5.0", work.ItemPosted},
		"nothing at all":    {"0", "0", work.ItemParked},
		"below the penny":   {"30.001", "5.00", work.ItemParked},
		"of the other sign": {"-30.00", "-5.00", work.ItemParked},
	} {
		t.Run(name, func(t *testing.T) {
			total, tax := money.MustParse(c.total), money.MustParse(c.tax)
			p := posting(invoice(), answer{sageID: "s", total: &total, tax: &tax})
			if p.State != c.want || (p.State == work.ItemParked) != (p.Reason == work.TotalMismatch) || p.SentDigest != "digest" {
				t.Errorf("%+v, want %s", p, c.want)
			}
		})
	}
}

func TestADocumentOverNothingIsPaidByBeingPosted(t *testing.T) {
	zero := money.Amount{}
	o := invoice()
	o.Total, o.Tax = &zero, &zero
	for kind, want := range map[work.OperationKind]work.PaymentState{work.CreateInvoice: work.Paid, work.CreateCreditNote: ""} {
		t.Run(string(kind), func(t *testing.T) {
			c, err := callOf(kind)
			if err != nil {
				t.Fatal(err)
			}
			r := resultOf(o, response{info: c.info, answer: answer{sageID: "s", total: &zero, tax: &zero}}, time.Minute)
			if r.Payment != want {
				t.Errorf("payment %q, want %q", r.Payment, want)
			}
		})
	}
}

func TestWaitsDoubleUpToAMinute(t *testing.T) {
	for attempt, want := range map[int]time.Duration{0: 2 * time.Second, 1: 2 * time.Second, 2: 4 * time.Second, 5: 32 * time.Second, 12: longestWait, 1000: longestWait} {
		if got := retryAfter(sage.NotSent, attempt, time.Minute, nil); got != want {
			t.Errorf("attempt %d waits %s, want %s", attempt, got, want)
		}
	}
	if got := retryAfter(sage.Ambiguous, 9, time.Hour, nil); got != time.Hour {
		t.Errorf("a settle window of an hour waits %s, want an hour: Sage may still be at work", got)
	}
}
