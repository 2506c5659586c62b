package sink

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/testenv/fixture"
)

// logged runs a loop for a while over steps that end as they are told, the last one for
// ever, and returns its log.
func logged(t *testing.T, length time.Duration, ends ...error) (lines []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		out := &lockedBuffer{}
		step := 0
		l := loop{planning, newBell(), func(context.Context) error {
			err := ends[min(step, len(ends)-1)]
			step++
			return err
		}, interval, &failures{log: zerolog.New(out)}}
		ctx, cancel := context.WithTimeout(t.Context(), length)
		defer cancel()
		if err := l.run(ctx); err != nil {
			t.Errorf("the loop ended with %v", err)
		}
		if step < 3 {
			t.Errorf("%d steps in %s, want it to go on", step, length)
		}
		lines = strings.FieldsFunc(out.String(), func(r rune) bool { return r == '\n' })
	})
	return lines
}

func TestAFailureIsLoggedOnceUntilItChangesOrEnds(t *testing.T) {
	down, other := errors.New("postgres is down"), errors.New("postgres is starting")
	for name, c := range map[string]struct {
		ends []error
		want int
	}{
		"the same for an hour":        {[]error{down}, 1},
		"nothing wrong":               {[]error{nil}, 0},
		"another one":                 {[]error{down, down, other}, 2},
		"the same after a success":    {[]error{down, nil, down}, 2},
		"to and fro":                  {[]error{down, other, down, nil}, 3},
		"once, and never again since": {[]error{nil, down, nil}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if lines := logged(t, time.Hour, c.ends...); len(lines) != c.want {
				t.Errorf("%d lines, want %d:\n%s", len(lines), c.want, strings.Join(lines, "\n"))
			}
		})
	}
}

func TestFailuresOfBusinessesAreToldApart(t *testing.T) {
	out := &lockedBuffer{}
	f := &failures{log: zerolog.New(out)}
	down := errors.New("down")
	for range 3 {
		f.noteOf("delivery interrupted", "biz-1", "biz-1", down)
		f.noteOf("delivery interrupted", "biz-2", "biz-2", down)
		f.noteOf("delivery interrupted", "biz-3", "biz-3", nil)
	}
	if got := strings.Count(out.String(), "\n"); got != 2 || !strings.Contains(out.String(), "biz-2") {
		t.Errorf("%d lines, want one for each of the two:\n%s", got, out.String())
	}
}

func TestAStepThatFailsWaitsAndALoopThatIsWokenDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		var at []time.Duration
		began := time.Now()
		b := newBell()
		l := loop{"x", b, func(context.Context) error {
			at = append(at, time.Since(began))
			switch len(at) {
			case 1:
				b.ring()
				b.ring() // one ring while it rings is enough
			case 2:
				b.ring()
				return errors.New("down")
			case 3:
				cancel()
			}
			return nil
		}, time.Hour, &failures{log: zerolog.Nop()}}
		if err := l.run(ctx); err != nil {
			t.Error(err)
		}
		if want := []time.Duration{0, 0, interval}; !slices.Equal(at, want) {
			t.Errorf("steps at %v, want %v", at, want)
		}
	})
}

func TestEveryKindThatIsPlannedIsTakenIn(t *testing.T) {
	invoice := fixture.Invoice(1, fixture.Ada)
	entities := map[canonical.Kind]canonical.Entity{
		canonical.KindInvoice: invoice, canonical.KindCreditMemo: fixture.CreditMemo(2, invoice), canonical.KindCustomer: fixture.Customer(fixture.Ada),
	}
	for _, kind := range plan.Kinds() {
		t.Run(string(kind), func(t *testing.T) {
			e, ok := entities[kind]
			if !ok {
				t.Fatal("there is no example of it")
			}
			e.Head().Version.Sequence = 7
			value, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			for form, written := range map[string][]byte{"as it is": value, "behind the id of its schema": canonical.Framed(7, value)} {
				got, _, err := entityOf(kind, topic.Record{Value: written})
				if err != nil || got.ID != e.ID() || got.Source != "shop" || got.CustomerID != 5 || got.Version.Sequence != 7 || string(got.Body) != string(value) {
					t.Errorf("%s: %+v, %v", form, got, err)
				}
				if kind != canonical.KindCustomer && got.OrderID != 1 {
					t.Errorf("%s: order %d, want 1", form, got.OrderID)
				}
			}
		})
	}
}

func TestARecordThatBreaksTheContractIsNotTakenIn(t *testing.T) {
	for name, c := range map[string]struct {
		kind  canonical.Kind
		value string
	}{
		"no JSON":                {canonical.KindInvoice, `{`},
		"no source":              {canonical.KindInvoice, `{"magento_entity_id":1,"version":"1.1"}`},
		"no id":                  {canonical.KindInvoice, `{"source":{"name":"shop"},"version":"1.1"}`},
		"no version":             {canonical.KindInvoice, `{"source":{"name":"shop"},"magento_entity_id":1}`},
		"a kind that is unknown": {"parcel", `{"source":{"name":"shop"},"magento_entity_id":1,"version":"1.1"}`},
	} {
		t.Run(name, func(t *testing.T) {
			if e, _, err := entityOf(c.kind, topic.Record{Value: []byte(c.value)}); err == nil {
				t.Errorf("taken in as %+v", e)
			}
		})
	}
}
