package auth

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

func ring(t *testing.T, keys ...Key) *Keyring {
	t.Helper()
	r, err := NewKeyring(keys)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var (
	keyA = Key{ID: "a", Key: secret.String(strings.Repeat("0a", 32))}
	keyB = Key{ID: "b", Key: "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}
	here = SealContext{Table: "oauth_tokens", Binding: "shop", Business: "biz", Column: "access_token"}
)

func TestWhatIsSealedOpensInItsPlaceOnly(t *testing.T) {
	r := ring(t, keyA)
	sealed, err := r.Seal("the token", here)
	if err != nil || bytes.Contains(sealed, []byte("the token")) {
		t.Fatalf("sealed %q, %v", sealed, err)
	}
	if got, err := r.Open(sealed, here); err != nil || got != "the token" {
		t.Errorf("opened %d characters, %v", len(got), err)
	}
	for name, at := range map[string]SealContext{
		"another table":    {"x", "shop", "biz", "access_token"},
		"another binding":  {"oauth_tokens", "x", "biz", "access_token"},
		"another business": {"oauth_tokens", "shop", "x", "access_token"},
		"another column":   {"oauth_tokens", "shop", "biz", "refresh_token"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := r.Open(sealed, at); err == nil {
				t.Error("it opens there too")
			}
		})
	}
	for i := range sealed {
		broken := bytes.Clone(sealed)
		broken[i] ^= 1
		if _, err := r.Open(broken, here); err == nil {
			t.Errorf("it opens with byte %d changed", i)
		}
		if _, err := r.Open(sealed[:i], here); err == nil {
			t.Errorf("it opens when cut at %d", i)
		}
	}
}

func TestNoTwoPlacesShareASeal(t *testing.T) {
	r := ring(t, keyA)
	sealed, err := r.Seal("the token", SealContext{"oauth_tokens", "shop|uk", "biz", "access_token"})
	if err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]SealContext{
		"the bar in the business": {"oauth_tokens", "shop", "uk|biz", "access_token"},
		"the bar at its end":      {"oauth_tokens", "shop", `uk"|"biz`, "access_token"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := r.Open(sealed, at); err == nil {
				t.Error("it opens for another binding and business")
			}
		})
	}
}

func TestKeysAreRotatedByPuttingTheNewOneFirst(t *testing.T) {
	old, err := ring(t, keyA).Seal("token", here)
	if err != nil {
		t.Fatal(err)
	}
	both := ring(t, keyB, keyA)
	if got, err := both.Open(old, here); err != nil || got != "token" {
		t.Errorf("the old key does not open any more: %v", err)
	}
	fresh, err := both.Seal("token", here)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ring(t, keyB).Open(fresh, here); err != nil {
		t.Errorf("the new key did not seal: %v", err)
	}
	if _, err := ring(t, keyB).Open(old, here); err == nil || !strings.Contains(err.Error(), `"a" is not in sage.encryption_keys`) {
		t.Errorf("%v; want the id of the missing key", err)
	}
}

func TestASealNamesItsKeyWithoutOne(t *testing.T) {
	sealed, err := ring(t, keyB, keyA).Seal("token", here)
	if err != nil {
		t.Fatal(err)
	}
	if got := KeyOf(sealed); got != "b" || ring(t, keyB, keyA).Primary() != "b" {
		t.Errorf("sealed with %q, want the first key", got)
	}
	for _, none := range [][]byte{nil, {1}, {1, 200, 'b'}, []byte("an access token that nobody has sealed, in clear, of more than sixty bytes")} {
		if got := KeyOf(none); got != "" {
			t.Errorf("%d bytes that were not sealed are sealed with %q", len(none), got)
		}
	}
}

func TestTwoKeysOfOneIdAreRefused(t *testing.T) {
	if _, err := NewKeyring([]Key{keyA, {ID: keyA.ID, Key: keyB.Key}}); err == nil || !strings.Contains(err.Error(), `has the id "a" twice`) {
		t.Errorf("%v; want the id that is there twice: what the first one sealed would open no more", err)
	}
}

func TestAKeyThatIsNoneIsRefusedWithoutPrintingIt(t *testing.T) {
	for _, k := range []Key{{ID: "k", Key: "hunter2"}, {ID: "", Key: keyA.Key}, {ID: "k"}} {
		if _, err := NewKeyring([]Key{k}); err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "openssl rand") {
			t.Errorf("%v; want the command that makes a key", err)
		}
	}
}

func TestAKeyIs32BytesInHexInBase64OrAsTheyAre(t *testing.T) {
	raw := strings.Repeat("k", keyBytes)
	for name, text := range map[string]string{
		"as it is": raw, "in hex": hex.EncodeToString([]byte(raw)), "in base64": base64.StdEncoding.EncodeToString([]byte(raw)),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := keyOf(secret.String(text)); err != nil || string(got) != raw {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
		})
	}
	if _, err := keyOf("too short"); err == nil {
		t.Error("a short key is taken")
	}
}

func TestAKeyMayHaveAnIdOf255Characters(t *testing.T) {
	for _, length := range []int{1, 253, 254, 255} {
		t.Run(strconv.Itoa(length), func(t *testing.T) {
			r := ring(t, Key{ID: strings.Repeat("k", length), Key: keyA.Key})
			sealed, err := r.Seal("token", here)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := r.Open(sealed, here); err != nil || got != "token" {
				t.Errorf("opened %d characters, %v", len(got), err)
			}
		})
	}
	if _, err := NewKeyring([]Key{{ID: strings.Repeat("k", 256), Key: keyA.Key}}); err == nil {
		t.Error("an id of 256 characters is taken, and its length does not fit")
	}
}
