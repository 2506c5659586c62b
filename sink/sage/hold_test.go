package sage

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/secret"
)

// watched is a client whose troubles are on a board, with its breakers open.
func watched(t *testing.T, f *fake) (*Client, *health.Board) {
	t.Helper()
	board := &health.Board{}
	n := f.network()
	n.ReportTo(board)
	c := clientOn(n)
	f.answer = always(503, "")
	for range failuresInRow {
		if err := post(t, c); Classify(err) != Ambiguous {
			t.Fatalf("%v; want an outage", err)
		}
	}
	f.calls = nil
	return c, board
}

func about(b *health.Board) (all []string) {
	for _, trouble := range b.Troubles() {
		all = append(all, trouble.About)
	}
	slices.Sort(all)
	return all
}

func TestAnOpenBreakerIsOnTheBoardUntilItCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		c, board := watched(t, f)
		if got := about(board); !slices.Equal(got, []string{"sage api", "sage documents of b"}) {
			t.Fatalf("the board has %v, want the host and the class", got)
		}
		for _, trouble := range board.Troubles() {
			if !strings.Contains(trouble.Hint, "mage2sage binding resume b ") {
				t.Errorf("%s: hint %q, want the command with the name of the binding", trouble.About, trouble.Hint)
			}
		}
		f.answer = always(200, `{"id":"x"}`)
		time.Sleep(firstOpenFor)
		if err := post(t, c); err != nil || len(about(board)) != 0 {
			t.Errorf("%v with %v on the board; want it closed and the board empty", err, about(board))
		}
	})
}

// Ten bad answers and four spoilt probes once held contacts back for six minutes.
func TestWhatAnswersAgainIsUsedWithinAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		c, board := watched(t, f)
		for range 4 {
			time.Sleep(longestOpenFor)
			c.Probe(t.Context())
		}
		if len(f.calls) == 0 || len(about(board)) != 2 {
			t.Fatalf("after %v the board has %v; want spoilt probes", f.urls(), about(board))
		}
		f.answer = always(200, `{"id":"x"}`)
		time.Sleep(time.Minute)
		f.calls = nil
		c.Probe(t.Context()) // no call is due that would find out
		if len(about(board)) != 0 || !slices.Equal(f.urls(), []string{"GET /v3.1/user"}) {
			t.Errorf("after %v the board has %v; want one reading and all closed", f.urls(), about(board))
		}
		if err := post(t, c); err != nil {
			t.Errorf("%v; want the document sent", err)
		}
		f.calls = nil
		if c.Probe(t.Context()); len(f.calls) != 0 {
			t.Errorf("asked %v though everything is closed", f.urls())
		}
	})
}

func TestAPersonNeedNotWaitForTheOpenTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		c, _ := watched(t, f)
		f.answer = always(201, `{"id":"x"}`)
		if err := post(t, c); Classify(err) != Held {
			t.Fatalf("%v; want it held back", err)
		}
		c.RetryNow()
		if err := post(t, c); err != nil || !slices.Equal(f.urls(), []string{"GET /v3.1/user", "POST /v3.1/sales_invoices"}) {
			t.Errorf("%v after %v; want a reading and the document", err, f.urls())
		}
	})
}

func TestAClientThatIsNotUsedAnyMoreLeavesTheBoard(t *testing.T) {
	c, board := watched(t, &fake{})
	if c.Close(); !slices.Equal(about(board), []string{"sage api"}) {
		t.Errorf("the board has %v, want the host alone", about(board))
	}
}

func TestAClosedClientGivesNoPermitAndThoseThatItGaveAreGood(t *testing.T) {
	f := &fake{answer: always(201, `{"id":"x"}`)}
	c := f.client()
	given, err := c.Admit(t.Context(), Documents)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if _, err := c.Admit(t.Context(), Documents); !errors.Is(err, ErrClosed) || Classify(err) != NotSent || len(f.calls) != 0 {
		t.Errorf("%v after %v; want ErrClosed and nothing sent", err, f.urls())
	}
	if _, err := c.TaxRates(t.Context()); !errors.Is(err, ErrClosed) || len(f.calls) != 0 {
		t.Errorf("a reading: %v after %v; want ErrClosed and nothing sent", err, f.urls())
	}
	if _, err := given.CreateInvoice(t.Context(), []byte(`{}`)); err != nil || len(f.calls) != 1 {
		t.Errorf("%v after %v; want the call made for which the permit was given", err, f.urls())
	}
}

// closing closes its client while it gets a token.
type closing struct {
	steady
	c     **Client
	asked int
}

func (t *closing) Token(ctx context.Context) (secret.String, error) {
	t.asked++
	(*t.c).Close()
	return t.steady.Token(ctx)
}

func TestAClientThatIsClosedWhileACallerWaitsGivesNoPermit(t *testing.T) {
	f := &fake{answer: always(201, `{"id":"x"}`)}
	var c *Client
	tokens := &closing{c: &c}
	c = NewClient(f.network(), tokens, "b", "biz")
	for range 2 {
		if _, err := c.Admit(t.Context(), Documents); !errors.Is(err, ErrClosed) || tokens.asked != 1 {
			t.Errorf("%v after %d tokens; want ErrClosed, and no token once it is closed", err, tokens.asked)
		}
	}
}
