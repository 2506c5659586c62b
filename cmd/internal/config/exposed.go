package config

import (
	"bytes"
	"net/url"
	"os"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

// Exposed reports whether the file holds a secret and others than its owner may read it.
// Secrets that come from outside are not in the file.
func (c Config) Exposed() bool {
	info, err := os.Stat(c.file)
	if err != nil || info.Mode().Perm()&0o044 == 0 {
		return false
	}
	data, err := os.ReadFile(c.file)
	if err != nil {
		return false
	}
	secrets := []secret.String{c.Source.Password, c.Kafka.Password, c.Sage.ClientSecret}
	for _, k := range c.Sage.EncryptionKeys {
		secrets = append(secrets, k.Key)
	}
	if u, err := url.Parse(c.Postgres.URL.Reveal()); err == nil && u.User != nil {
		if _, has := u.User.Password(); has {
			secrets = append(secrets, c.Postgres.URL)
		}
	}
	for _, s := range secrets {
		if s != "" && bytes.Contains(data, []byte(s.Reveal())) {
			return true
		}
	}
	return false
}
