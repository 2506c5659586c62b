package sage

import (
	"strings"
	"testing"
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

func TestEveryKeyThatIsMissingIsNamed(t *testing.T) {
	if err := DefaultConfig().Validate(); err == nil || !strings.Contains(err.Error(), "sage.client_id") || !strings.Contains(err.Error(), "sage.encryption_keys") {
		t.Errorf("%v; want every key that is missing", err)
	}
}
