package topic

import (
	"errors"
	"fmt"
	"strings"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

// splitLogins takes the login from broker addresses: "user:password@host:port". The
// addresses that are left may be logged. The first login is that of all.
func splitLogins(brokers []string) (addresses []string, user, password string) {
	for _, b := range brokers {
		login, address, found := cutLast(b, "@")
		if found && user == "" {
			user, password, _ = strings.Cut(login, ":")
		}
		addresses = append(addresses, address)
	}
	return addresses, user, password
}

// cutLast cuts at the last separator; without one everything is after it.
func cutLast(s, separator string) (before, after string, found bool) {
	i := strings.LastIndex(s, separator)
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+len(separator):], true
}

// The mechanisms of a Login. With SCRAM a program that listens in the broker's place
// learns nothing of the password; plain sends it, so it needs TLS.
const (
	ScramSHA256 = "scram-sha-256"
	ScramSHA512 = "scram-sha-512"
	Plain       = "plain"
)

// A Login is how a connection logs in; one without a user does not.
type Login struct {
	User      string
	Password  secret.String
	Mechanism string
}

// mechanism is the library's word for it, nil without a user.
func (l Login) mechanism() (sasl.Mechanism, error) {
	if l.User == "" {
		return nil, nil
	}
	algorithm := scram.SHA512
	switch l.Mechanism {
	case Plain:
		return plain.Mechanism{Username: l.User, Password: l.Password.Reveal()}, nil
	case ScramSHA256:
		algorithm = scram.SHA256
	case ScramSHA512:
	default:
		return nil, fmt.Errorf("kafka: no way to log in is called %q", l.Mechanism)
	}
	m, err := scram.Mechanism(algorithm, l.User, l.Password.Reveal())
	if err != nil { // its text may quote the login
		return nil, errors.New("kafka: kafka.username or kafka.password has characters that SCRAM forbids: leave out control characters and those that no keyboard has")
	}
	return m, nil
}
