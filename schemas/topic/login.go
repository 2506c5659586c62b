package topic

import (
	"strings"

	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/scram"
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

// mechanismOf is how a connection logs in; nil does not. With SCRAM a program that listens
// in the broker's place learns nothing of the password.
func mechanismOf(user, password string) sasl.Mechanism {
	if user == "" {
		return nil
	}
	m, err := scram.Mechanism(scram.SHA256, user, password)
	if err != nil { // only for characters that no login of ours has
		return nil
	}
	return m
}
