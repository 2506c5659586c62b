package capture

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// certificates makes an authority and a server's certificate of it for 127.0.0.1.
func certificates(t *testing.T) (ca string, args []string) {
	t.Helper()
	dir := t.TempDir()
	authority := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	server := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "test server"},
		NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	authorityKey, serverKey := key(t), key(t)
	write := func(name, kind string, der []byte, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, authorityKey.Public(), authorityKey)
	ca = write("ca.pem", "CERTIFICATE", der, err)
	der, err = x509.CreateCertificate(rand.Reader, server, authority, serverKey.Public(), authorityKey)
	args = append(args, "--ssl-ca="+ca, "--ssl-cert="+write("cert.pem", "CERTIFICATE", der, err))
	der, err = x509.MarshalPKCS8PrivateKey(serverKey)
	return ca, append(args, "--ssl-key="+write("key.pem", "PRIVATE KEY", der, err))
}

func key(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// The user is one whom the server lets in over TLS alone, so that whatever is captured
// has come over it: what is asked, and the log.
func TestTheSourceIsReadOverTLS(t *testing.T) {
	t.Parallel()
	ca, args := certificates(t)
	server := servers.PrivateForTest(t, servers.Options{Only: []string{"source"}, SourceArgs: args}).Source
	other, _ := certificates(t)
	for name, c := range map[string]struct {
		tls, ca, refused string
	}{
		"an authority that is trusted": {TLSVerify, ca, ""},
		"whatever the certificate is":  {TLSSkipVerify, "", ""},
		"another authority":            {TLSVerify, other, "is not trusted"},
		"the system's authorities":     {TLSVerify, "", "is not trusted"},
		"without":                      {TLSOff, "", "the server refuses the user"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShopOn(t, server.DSN, "m2_")
			user := "tls_" + s.config.Database
			s.exec("CREATE USER " + user + "@'%' IDENTIFIED BY 'secret' REQUIRE SSL; GRANT SELECT ON " + s.config.Database + ".* TO " + user + "@'%'; " +
				"GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO " + user + "@'%'")
			s.config.User, s.config.Password, s.config.TLS, s.config.TLSCA = user, "secret", c.tls, c.ca
			s.capturesOrIsRefused(c.refused)
		})
	}
}

// capturesOrIsRefused takes a snapshot and an order behind it, or ends with a refusal.
func (s *magentoShop) capturesOrIsRefused(refused string) {
	s.t.Helper()
	topics, names := newTopics(s.t)
	r := start(s.t, s.config, topics, names)
	if refused != "" {
		select {
		case err := <-r.done:
			r.done <- err
			if err == nil || !strings.Contains(err.Error(), refused) {
				s.t.Errorf("capture ended with %v, want it to say %q", err, refused)
			}
		case <-time.After(patience):
			s.t.Errorf("capture went on, want it refused: %s", r.log)
		}
		return
	}
	r.snapshotDone()
	s.sellUnseen(2)
	r.caughtUp(s)
	r.sameAsShop(s)
}

func TestTheSourceIsReadOverItsSocket(t *testing.T) {
	t.Parallel()
	server := servers.PrivateForTest(t, servers.Options{Only: []string{"source"}}).Source
	s := newShopOn(t, server.DSN, "m2_")
	s.config.Host, s.config.Port, s.config.Socket, s.config.Password = "", 0, server.Socket, secret.String("root")
	s.capturesOrIsRefused("")
}
