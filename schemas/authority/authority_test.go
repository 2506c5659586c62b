package authority

import (
	"crypto/x509"
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOnlyTheCertificatesOfTheFileAreTrusted(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	dir := t.TempDir()
	good, empty := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "empty.pem")
	if err := os.WriteFile(good, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(empty, []byte("no certificate\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file, says   string
		trusts, some bool // the server; anybody by the file alone
	}{
		"a certificate":               {good, "", true, true},
		"no file":                     {"", "", false, false},
		"a file that is not there":    {good + "x", "no such file", false, true},
		"a file without certificates": {empty, "has no certificate in PEM", false, true},
	} {
		t.Run(name, func(t *testing.T) {
			pool, err := Read(c.file)
			if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want %q", err, c.says)
			}
			if (pool != nil) != c.some {
				t.Fatalf("the pool is %v", pool)
			}
			want := x509.NewCertPool()
			if c.trusts {
				want.AddCert(server.Certificate())
			}
			if c.some && !pool.Equal(want) {
				t.Error("it trusts others than the file says")
			}
		})
	}
}
