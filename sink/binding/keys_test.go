package binding

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/work"
)

var (
	oldKey   = auth.Key{ID: "k1", Key: secret.String(strings.Repeat("ab", 32))}
	newKey   = auth.Key{ID: "k2", Key: secret.String(strings.Repeat("cd", 32))}
	otherKey = auth.Key{ID: "k3", Key: secret.String(strings.Repeat("ef", 32))}
)

func ring(t *testing.T, keys ...auth.Key) *auth.Keyring {
	t.Helper()
	r, err := auth.NewKeyring(keys)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// holding is a store of bindings in business biz, whose tokens are sealed with a key each.
func holding(t *testing.T, keys map[string]auth.Key) *books {
	t.Helper()
	b := newBooks()
	for name, key := range keys {
		mustImport(t, b, file(name, name))
		b.inBusiness(name, "biz-"+name)
		pair := auth.TokenPair{Access: secret.String("access-" + name), Refresh: secret.String("refresh-" + name)}
		if err := (TokenStore{b, ring(t, key), name, "biz-" + name}).Put(t.Context(), pair); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// sorted compares seals of bindings in any order, without the words of a fault.
var sorted = cmp.Options{
	cmpopts.SortSlices(func(a, b Seal) bool { return a.Binding < b.Binding }),
	cmp.Comparer(func(a, b *auth.KeyError) bool { return (a == nil) == (b == nil) }),
}

func TestVerifyingNamesTheBindingsWhoseTokensDoNotOpenAndTheirKey(t *testing.T) {
	b := holding(t, map[string]auth.Key{"a": newKey, "b": oldKey, "c": otherKey, "d": {ID: "k1", Key: otherKey.Key}})
	mustImport(t, b, file("e", "e")) // without tokens
	got, err := VerifyKeys(t.Context(), b, b, ring(t, newKey, oldKey))
	if err != nil {
		t.Fatal(err)
	}
	want := []Seal{{Binding: "a", KeyID: "k2"}, {Binding: "b", KeyID: "k1"}, {Binding: "c", KeyID: "k3", Fault: &auth.KeyError{}}, {Binding: "d", KeyID: "k1", Fault: &auth.KeyError{}}}
	if diff := cmp.Diff(want, got, sorted); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, s := range got {
		if s.Fault != nil && (!strings.Contains(s.Fault.Error(), "binding "+s.Binding) || !strings.Contains(s.Fault.Error(), `key "`+s.KeyID+`"`)) {
			t.Errorf("%v; want the binding and the key in it", s.Fault)
		}
	}
}

func TestOneTokenOfAPairThatDoesNotOpenIsFound(t *testing.T) {
	b := holding(t, map[string]auth.Key{"a": newKey})
	alien := holding(t, map[string]auth.Key{"a": otherKey}).tokens["a"]
	own := b.tokens["a"]
	for name, held := range map[string]work.SealedTokens{
		"the access token":  {Version: 1, Access: alien.Access, Refresh: own.Refresh},
		"the refresh token": {Version: 1, Access: own.Access, Refresh: alien.Refresh},
	} {
		t.Run(name, func(t *testing.T) {
			b.tokens["a"] = held
			if got, err := VerifyKeys(t.Context(), b, b, ring(t, newKey)); err != nil || len(got) != 1 || got[0].Fault == nil || got[0].KeyID != "k3" {
				t.Errorf("%+v, %v; want the fault and the key that is missing", got, err)
			}
		})
	}
}

func TestRotatingSealsWithTheFirstKeySoThatTheOldOneMayGo(t *testing.T) {
	b := holding(t, map[string]auth.Key{"a": newKey, "b": oldKey, "c": otherKey})
	before := b.tokens["c"]
	got, err := RotateKeys(t.Context(), b, b, ring(t, newKey, oldKey))
	want := []Seal{{Binding: "a", KeyID: "k2"}, {Binding: "b", KeyID: "k2", Renewed: true}, {Binding: "c", KeyID: "k3", Fault: &auth.KeyError{}}}
	if diff := cmp.Diff(want, got, sorted); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if diff := cmp.Diff(before, b.tokens["c"]); diff != "" {
		t.Errorf("tokens that do not open were touched (-before +after):\n%s", diff)
	}
	for _, name := range []string{"a", "b"} {
		pair, err := (TokenStore{b, ring(t, newKey), name, "biz-" + name}).Load(t.Context())
		if err != nil || pair.Access != secret.String("access-"+name) || pair.Refresh != secret.String("refresh-"+name) || b.tokens[name].Version != 1 {
			t.Errorf("%s without the old key: %v, version %d; want the same tokens under the same version", name, err, b.tokens[name].Version)
		}
	}
	again, err := RotateKeys(t.Context(), b, b, ring(t, newKey, oldKey))
	for _, s := range again {
		if s.Renewed || err != nil {
			t.Errorf("once more: %+v, %v; want nothing to be left", s, err)
		}
	}
}

func TestARotationThatWasInterruptedIsRepeated(t *testing.T) {
	b := holding(t, map[string]auth.Key{"a": oldKey, "b": oldKey, "c": oldKey})
	down := errors.New("connection lost")
	halfway := &failing{books: b, left: 1, err: down}
	got, err := RotateKeys(t.Context(), b, halfway, ring(t, newKey, oldKey))
	if !errors.Is(err, down) || len(got) != 1 || !got[0].Renewed {
		t.Fatalf("%+v, %v; want the first one sealed anew, and the error", got, err)
	}
	got, err = RotateKeys(t.Context(), b, b, ring(t, newKey, oldKey))
	renewed := 0
	for _, s := range got {
		if s.Renewed {
			renewed++
		}
	}
	if err != nil || len(got) != 3 || renewed != 2 {
		t.Errorf("%d of %d sealed anew, %v; want the two that were left", renewed, len(got), err)
	}
	if after, err := VerifyKeys(t.Context(), b, b, ring(t, newKey)); err != nil || after[0].Fault != nil || after[1].Fault != nil || after[2].Fault != nil {
		t.Errorf("%+v, %v; want all to open without the old key", after, err)
	}
}

// failing is a SealedStore that reseals some pairs, and no more.
type failing struct {
	*books
	left int
	err  error
}

func (f *failing) Reseal(ctx context.Context, name string, reseal func(work.SealedTokens) (*work.SealedTokens, error)) error {
	if f.left == 0 {
		return f.err
	}
	f.left--
	return f.books.Reseal(ctx, name, reseal)
}
