package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/url"

	"github.com/mage2sage/mage2sage/schemas/authority"
	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/schemas/topic/registry"
)

// SchemaRegistry says where the schemas of the canonical topics are kept.
type SchemaRegistry struct {
	// URL is what stands before /subjects, such as https://registry:8081. Empty: there is none,
	// and values are JSON alone; else transform writes them in Confluent's wire format. Both are
	// read, whatever it is.
	URL string `yaml:"url"`
	// Username and Password log in (HTTP's basic authentication), over https only.
	Username string        `yaml:"username"`
	Password secret.String `yaml:"password"`
	// TLS is verify, or skip-verify, which trusts every certificate; the URL says whether the
	// way is encrypted.
	TLS string `yaml:"tls"`
	// TLSCA is a PEM file with the authorities that verify trusts instead of the system's.
	TLSCA string `yaml:"tls_ca"`
}

// Validate says what is wrong with the part and what to write instead.
func (r SchemaRegistry) Validate() error {
	const part = "kafka.schema_registry."
	if r.URL == "" {
		if r.Username != "" || r.Password != "" || r.TLSCA != "" {
			return errors.New(part + "url is empty: write it, or leave the others of kafka.schema_registry out")
		}
		return nil
	}
	at, err := url.Parse(r.URL)
	if err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" || at.RawQuery != "" || at.Fragment != "" {
		return errors.New(part + "url: write an address such as https://registry:8081") // not repeated, for a password may stand in it
	}
	var all []error
	demand := func(ok bool, format string, args ...any) {
		if !ok {
			all = append(all, fmt.Errorf(part+format, args...))
		}
	}
	encrypted := at.Scheme == "https"
	demand(at.User == nil, "url has a login in it: write it as kafka.schema_registry.username and kafka.schema_registry.password")
	demand((r.Username == "") == (r.Password == ""), "username and kafka.schema_registry.password belong together: write both, or neither")
	demand(r.Username == "" || encrypted, "password would go to whoever listens: write https:// in kafka.schema_registry.url")
	demand(r.TLS == tlsVerify || r.TLS == tlsSkipVerify, "tls %q: write verify or skip-verify; an address that begins with http:// is not encrypted", r.TLS)
	demand(r.TLSCA == "" || encrypted && r.TLS == tlsVerify, "tls_ca is for an address that begins with https:// and kafka.schema_registry.tls: verify")
	_, err = authority.Read(r.TLSCA)
	demand(err == nil, "tls_ca: %v", err)
	return errors.Join(all...)
}

// Dial prepares a client; nil where there is no registry.
func (r SchemaRegistry) Dial() (*registry.Client, error) {
	if r.URL == "" {
		return nil, nil
	}
	return registry.Dial(registry.Config{URL: r.URL, Username: r.Username, Password: r.Password, TLS: r.encryption()})
}

// encryption is whom the client trusts. It adds the registry's name.
func (r SchemaRegistry) encryption() *tls.Config {
	return Kafka{TLS: r.TLS, TLSCA: r.TLSCA}.encryption()
}
