package binding

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A revoker is Sage's endpoint that ends grants; it notes what it was sent and in which
// state the binding was then.
type revoker struct {
	b      *books
	status int
	tokens []string
	states []work.BindingState
}

func (r *revoker) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.tokens = append(r.tokens, req.FormValue("token"))
	r.states = append(r.states, r.b.all["a"].State)
	w.WriteHeader(r.status)
}

// ending is a request to disconnect binding a, whose tokens are sealed with a key.
func ending(t *testing.T, key auth.Key) (DisconnectRequest, *revoker) {
	t.Helper()
	r := &revoker{b: holding(t, map[string]auth.Key{"a": key}), status: http.StatusOK}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	config := sage.DefaultConfig()
	config.RevokeURL, config.EncryptionKeys = server.URL, []auth.Key{oldKey}
	held := r.b.tokens["a"]
	held.RefreshExpiresAt = time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC)
	r.b.tokens["a"] = held
	return DisconnectRequest{Config: config, Store: r.b, Tokens: r.b, Binding: "a", By: "bea"}, r
}

func TestDisconnectingStopsTheCallsRevokesTheGrantAndDeletesTheTokens(t *testing.T) {
	request, r := ending(t, oldKey)
	ended, err := Disconnect(t.Context(), request)
	if err != nil || ended != work.Revoked || len(r.tokens) != 1 || r.tokens[0] != "refresh-a" {
		t.Errorf("%q, %v after %d revocations; want the refresh token revoked once", ended, err, len(r.tokens))
	}
	if len(r.states) != 1 || r.states[0] != work.Disconnected {
		t.Errorf("the binding was %v when Sage was asked; want its calls stopped first", r.states)
	}
	b := r.b.all["a"]
	if _, there := r.b.tokens["a"]; there || b.State != work.Disconnected || b.Business != "biz-a" || !strings.Contains(b.Hint, "by a person since 20") || !strings.HasSuffix(b.Hint, "mage2sage connect --binding a") {
		t.Errorf("%+v, tokens there: %v; want it disconnected with when and what to type, its business kept, its tokens gone", b, there)
	}
	if ended, err := Disconnect(t.Context(), request); err != nil || ended != "" || len(r.tokens) != 1 {
		t.Errorf("once more: %q, %v; want nothing left to do", ended, err)
	}
	if _, _, err := OpenBusiness(t.Context(), request.Config, r.b, r.b, "a"); err == nil || !strings.Contains(err.Error(), "mage2sage connect --binding a") {
		t.Errorf("%v; want no client of a binding that is disconnected", err)
	}
}

func TestTokensOfAGrantThatCouldNotBeRevokedAreKeptUnlessAPersonForgetsThem(t *testing.T) {
	for name, c := range map[string]struct {
		set  func(*DisconnectRequest, *revoker)
		says string
		key  auth.Key
	}{
		"Sage is away":         {func(r *DisconnectRequest, _ *revoker) { r.Config.RevokeURL = "http://127.0.0.1:1" }, "connection refused", oldKey},
		"Sage refuses":         {func(_ *DisconnectRequest, r *revoker) { r.status = http.StatusForbidden }, "403 Forbidden", oldKey},
		"the key is not there": {func(*DisconnectRequest, *revoker) {}, `key "k3" is not in sage.encryption_keys`, otherKey},
	} {
		t.Run(name, func(t *testing.T) {
			request, r := ending(t, c.key)
			c.set(&request, r)
			ended, err := Disconnect(t.Context(), request)
			var kept *KeptError
			if !errors.As(err, &kept) || ended != "" || kept.Unwrap() == nil {
				t.Fatalf("%q, %v; want a KeptError", ended, err)
			}
			for _, part := range []string{"binding a is disconnected and no call is made", c.says, "mage2sage binding disconnect a again", "--forget", "2026-02-03"} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%v\nwant %q in it", err, part)
				}
			}
			if strings.Contains(err.Error(), "refresh-a") || r.b.all["a"].State != work.Disconnected || r.b.tokens["a"].Version != 1 {
				t.Errorf("%v, %+v; want it stopped, and its tokens kept", err, r.b.all["a"])
			}
			asked := len(r.tokens)
			request.Forget = true
			ended, err = Disconnect(t.Context(), request)
			if _, there := r.b.tokens["a"]; err != nil || ended != work.NotRevoked || there || len(r.tokens) != asked {
				t.Errorf("forgotten: %q, %v, there: %v; want them deleted without a word to Sage", ended, err, there)
			}
		})
	}
}

func TestWithoutAnAddressForRevocationsItIsSaidThatNoneWasMade(t *testing.T) {
	request, r := ending(t, oldKey)
	request.Config.RevokeURL = ""
	if ended, err := Disconnect(t.Context(), request); err != nil || ended != work.NotRevoked || len(r.b.tokens) != 0 {
		t.Errorf("%q, %v; want the tokens deleted, and said that the grant runs out", ended, err)
	}
}

func TestWhatIsNotConnectedCannotBeDisconnected(t *testing.T) {
	request, r := ending(t, oldKey)
	r.b.inBusiness("a", "")
	before := r.b.all["a"].State
	if _, err := Disconnect(t.Context(), request); err == nil || !strings.Contains(err.Error(), "mage2sage binding list") || r.b.all["a"].State != before {
		t.Errorf("%v; want a refusal", err)
	}
	request.Binding = "nobody"
	if _, err := Disconnect(t.Context(), request); !errors.Is(err, work.ErrNoBinding) {
		t.Errorf("%v; want that there is no such binding", err)
	}
}

func TestAPairThatComesAfterItsBindingWasDisconnectedIsDropped(t *testing.T) {
	request, r := ending(t, oldKey)
	store := TokenStore{r.b, ring(t, oldKey), "a", "biz-a"}
	r.b.failWrite = errors.New("connection lost")
	err := store.Rotate(t.Context(), func(auth.TokenPair, func(bool) error) (*auth.TokenPair, error) {
		if _, err := Disconnect(t.Context(), request); err != nil { // the lock is lost with the connection
			t.Fatal(err)
		}
		return &auth.TokenPair{Access: "late", Refresh: "late"}, nil
	})
	if _, there := r.b.tokens["a"]; !errors.Is(err, work.ErrPairGone) || there {
		t.Errorf("%v, there: %v; want no token of a binding that is disconnected", err, there)
	}
}

func TestABindingIsTakenFromTheWrongBusiness(t *testing.T) {
	request, r := ending(t, oldKey)
	if ended, err := Rebind(t.Context(), request); err != nil || ended != work.Revoked || r.b.all["a"].State != work.New || len(r.b.tokens) != 0 {
		t.Errorf("%q, %v, %+v; want it free, and its grant revoked", ended, err, r.b.all["a"])
	}
	if _, err := Rebind(t.Context(), request); err == nil || !strings.Contains(err.Error(), "run mage2sage connect --binding a") {
		t.Errorf("once more: %v; want to be told what comes next", err)
	}
}

func TestABindingThatMayHavePostedIsNotTakenFromItsBusiness(t *testing.T) {
	left := work.Traces{InDoubt: 1}
	t.Run("which is known before", func(t *testing.T) {
		request, r := ending(t, oldKey)
		r.b.traces = left
		var stays *work.TracesError
		if _, err := Rebind(t.Context(), request); !errors.As(err, &stays) || stays.Traces != left || r.b.all["a"].State != work.Connected || len(r.b.tokens) != 1 || len(r.tokens) != 0 {
			t.Errorf("%v, %+v; want a refusal that changes nothing", err, r.b.all["a"])
		}
	})
	t.Run("by a call that left meanwhile", func(t *testing.T) {
		request, r := ending(t, oldKey)
		r.b.atRebind = left
		var stays *work.TracesError
		if _, err := Rebind(t.Context(), request); !errors.As(err, &stays) || r.b.all["a"].Business != "biz-a" {
			t.Errorf("%v, %+v; want it to stay with its business", err, r.b.all["a"])
		}
	})
	t.Run("while its grant cannot be revoked", func(t *testing.T) {
		request, r := ending(t, oldKey)
		r.status = http.StatusServiceUnavailable
		var kept *KeptError
		if _, err := Rebind(t.Context(), request); !errors.As(err, &kept) || r.b.all["a"].Business != "biz-a" || len(r.b.tokens) != 1 {
			t.Errorf("%v, %+v; want it to stay: its tokens open for this business alone", err, r.b.all["a"])
		}
	})
}
