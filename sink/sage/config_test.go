package sage

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

func TestAnAddressWithoutAPathGetsTheVersion(t *testing.T) {
	for in, want := range map[string]string{
		"http://127.0.0.1:8080":               "http://127.0.0.1:8080/v3.1",
		"http://127.0.0.1:8080/":              "http://127.0.0.1:8080/v3.1",
		"http://127.0.0.1:8080/v3.1/":         "http://127.0.0.1:8080/v3.1",
		"https://gateway.example/sage/v3.1":   "https://gateway.example/sage/v3.1",
		"https://api.accounting.sage.com":     "https://api.accounting.sage.com/v3.1",
		DefaultConfig().APIURL:                "https://api.accounting.sage.com/v3.1",
		"https://gateway.example/sage/v3.1//": "https://gateway.example/sage/v3.1",
	} {
		if got := (Config{APIURL: in}).base(); got != want {
			t.Errorf("%s calls %s, want %s", in, got, want)
		}
	}
}

func TestAKeyIs32BytesInHexInBase64OrAsTheyAre(t *testing.T) {
	raw := strings.Repeat("k", keyBytes)
	for name, text := range map[string]string{
		"as it is": raw, "in hex": hex.EncodeToString([]byte(raw)), "in base64": base64.StdEncoding.EncodeToString([]byte(raw)),
	} {
		got, err := keyOf(secret.String(text))
		if err != nil || string(got) != raw {
			t.Errorf("%s: read %d bytes, %v", name, len(got), err)
		}
	}
	if _, err := keyOf("too short"); err == nil {
		t.Error("a short key is taken")
	}
}
