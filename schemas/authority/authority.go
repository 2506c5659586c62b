// Package authority reads the files in which an operator names whom to trust over TLS.
package authority

import (
	"crypto/x509"
	"fmt"
	"os"
)

const hint = "write the authority's certificates there, as PEM, or correct the path"

// Read returns the certificates of a PEM file; "" is no file and returns nil, which means the
// system's authorities to crypto/tls. After an error the pool is empty: nobody is trusted.
func Read(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return x509.NewCertPool(), fmt.Errorf("%w: %s", err, hint)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return pool, fmt.Errorf("%s has no certificate in PEM: %s", file, hint)
	}
	return pool, nil
}
