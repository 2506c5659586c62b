package sink

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// tokenSource is that of a process of its own: its connections, its memory, its way to Sage.
func (w *world) tokenSource(wrap func(binding.SealedStore) binding.SealedStore) *auth.TokenSource {
	w.t.Helper()
	db, err := postgres.Open(w.t.Context(), w.config.Postgres)
	w.must(err)
	network := sage.NewNetwork(w.config.Sage)
	w.t.Cleanup(func() { network.Close(); db.Close() })
	var store binding.SealedStore = db
	if wrap != nil {
		store = wrap(db)
	}
	return &auth.TokenSource{App: network.App(), Binding: "shop-uk",
		Store: binding.TokenStore{Store: store, Keys: w.keys(), Binding: "shop-uk", Business: business}}
}

// runOut lets the access token that is kept run out.
func (w *world) runOut() {
	w.t.Helper()
	w.sim.Expire()
	w.sql("UPDATE oauth_tokens SET access_expires_at = now()")
}

// needs asks each source for a token many times at once, and returns the tokens and errors.
func needs(ctx context.Context, n int, sources ...*auth.TokenSource) (tokens []secret.String, errs []error) {
	tokens, errs = make([]secret.String, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { tokens[i], errs[i] = sources[i%len(sources)].Token(ctx) })
	}
	all.Wait()
	return tokens, errs
}

func TestTwoSinksRefreshOnceForManyNeedsWhileTheKeyIsChanged(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{Latency: 20 * time.Millisecond})
	old := w.config.Sage.EncryptionKeys
	w.config.Sage.EncryptionKeys = append([]auth.Key{{ID: "k2", Key: "0123456789abcdef0123456789abcdef"}}, old...)
	mixed := []*auth.Keyring{w.keys()}
	back, err := auth.NewKeyring([]auth.Key{old[0], w.config.Sage.EncryptionKeys[0]})
	w.must(err)
	mixed = append(mixed, back)
	for round := range 3 {
		w.runOut()
		first, second := w.tokenSource(nil), w.tokenSource(nil) // with nothing in their memory
		done := make(chan struct{})
		var rotated atomic.Int64
		var rotating sync.WaitGroup
		rotating.Go(func() { // to and fro, so that each has something to seal
			for n := 0; ; n++ {
				select {
				case <-done:
					return
				default:
				}
				if _, err := binding.RotateKeys(context.Background(), w.db, w.db, mixed[n%2]); err != nil {
					t.Error(err)
				}
				rotated.Add(1)
			}
		})
		tokens, errs := needs(t.Context(), 200, first, second)
		close(done)
		rotating.Wait()
		for i, err := range errs {
			if err != nil || tokens[i] != tokens[0] {
				t.Fatalf("round %d, need %d: %v; want one token for all", round, i, err)
			}
		}
		if c := w.sim.Calls().Tokens; c.Refreshed != round+1 || c.RefreshReused != 0 || rotated.Load() == 0 {
			t.Fatalf("%d refreshes and %d presented again after round %d with %d rotations; want one in each", c.Refreshed, c.RefreshReused, round, rotated.Load())
		}
	}
	seals, err := binding.RotateKeys(t.Context(), w.db, w.db, w.keys())
	if err != nil || len(seals) != 1 || seals[0].KeyID != "k2" || seals[0].Fault != nil {
		t.Errorf("%+v, %v; want the last pair to open", seals, err)
	}
	w.config.Sage.EncryptionKeys = w.config.Sage.EncryptionKeys[:1]
	if _, err := w.tokenSource(nil).Token(t.Context()); err != nil {
		t.Errorf("without the old key: %v", err)
	}
}

// killed is the store of a process that is killed when Sage has answered its refresh, and
// before it has written the pair down.
type killed struct{ binding.SealedStore }

func (k killed) Rotate(ctx context.Context, name string, rotate func(work.SealedTokens, func(bool) error) (*work.SealedTokens, error)) error {
	return k.SealedStore.Rotate(ctx, name, func(held work.SealedTokens, mark func(bool) error) (*work.SealedTokens, error) {
		if next, err := rotate(held, mark); err != nil || next == nil {
			return next, err
		}
		runtime.Goexit()
		return nil, nil
	})
}

// TestAProcessKilledWithANewPairInHandCostsAConsentAndNothingElse: the pair is lost with the
// process. Its refresh token is tried once more, since Sage may not have had the request, and
// never after Sage has refused it; the binding waits for a person, and everything goes out then.
func TestAProcessKilledWithANewPairInHandCostsAConsentAndNothingElse(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	before := w.pair()
	w.runOut()
	dead := make(chan struct{})
	go func() {
		defer close(dead)
		_, err := w.tokenSource(func(s binding.SealedStore) binding.SealedStore { return killed{s} }).Token(t.Context())
		t.Errorf("it was not killed (%v)", err)
	}()
	<-dead
	if c := w.sim.Calls().Tokens; c.Refreshed != 1 {
		t.Fatalf("%d refreshes, want the one of the process that was killed", c.Refreshed)
	}
	_, errs := needs(t.Context(), 200, w.tokenSource(nil), w.tokenSource(nil))
	for _, err := range errs {
		var reauth *auth.ReauthError
		if !errors.As(err, &reauth) {
			t.Fatalf("%v; want a person asked", err)
		}
	}
	w.start()
	w.start()
	invoice := paid(invoiceOf(1, ada))
	w.publish(invoice, creditOf(2, invoice), customerOf(ada))
	for n := range uint64(5) {
		w.publish(doubtInvoice(n + 3))
	}
	w.until("needs_reauth", func() bool {
		b, err := w.db.Binding(t.Context(), "shop-uk")
		return err == nil && b.State == work.NeedsReauth
	})
	w.reaches("invoice:7", work.ItemWaiting, work.WaitsForContact)
	if c := w.sim.Calls(); c.Tokens.RefreshReused != 1 || c.Tokens.Refreshed != 1 || c.Writes != 0 {
		t.Errorf("the token was presented %d times after it was spent, and Sage changed %d times; want once and never", c.Tokens.RefreshReused, c.Writes)
	}
	w.connect()
	for _, id := range []canonical.ID{"invoice:1", "invoice:3", "invoice:4", "invoice:5", "invoice:6", "invoice:7"} {
		w.paid(id)
	}
	w.reaches("creditmemo:2", work.ItemPosted, "")
	w.eachOnce(6)
	w.saysNothingOf(before)
	w.saysNothingOf(w.pair())
	if n := len(w.inSage("credit_note")); n != 1 {
		t.Errorf("%d credit notes, want 1", n)
	}
}

// pair is what is kept of the binding's tokens, opened.
func (w *world) pair() auth.TokenPair {
	w.t.Helper()
	p, err := binding.TokenStore{Store: w.db, Keys: w.keys(), Binding: "shop-uk", Business: business}.Load(w.t.Context())
	w.must(err)
	if len(p.Access) < 8 || len(p.Refresh) < 8 {
		w.t.Fatal("there are no tokens to look for")
	}
	return p
}

// saysNothingOf looks for tokens and the app's secret in the logs and on the board.
func (w *world) saysNothingOf(p auth.TokenPair) {
	w.t.Helper()
	said := w.logs.String() + fmt.Sprint(w.health.Troubles())
	for what, s := range map[string]secret.String{"access token": p.Access, "refresh token": p.Refresh, "client secret": w.config.Sage.ClientSecret} {
		if strings.Contains(said, s.Reveal()) {
			w.t.Errorf("the %s is logged", what)
		}
	}
}
