package servers

import "strings"

// Environment is the servers' addresses as NAME=value pairs, the TESTENV_*
// variables that tests and the demo read, and SOURCE, which says what the source is. A
// server that does not run is left out.
func (s *Set) Environment() []string {
	var pairs []string
	if s.Source != nil {
		variable := releases[s.Source.Release].variable()
		pairs = append(pairs, variable+"="+s.Source.DSN, variable+"_BIN="+s.Source.Bin, "SOURCE="+s.Source.Release)
	}
	if s.Postgres != nil {
		pairs = append(pairs, "TESTENV_POSTGRES="+s.Postgres.URL)
	}
	if s.Kafka != nil {
		pairs = append(pairs, "TESTENV_KAFKA="+s.Kafka.Addr)
		if s.Kafka.Real {
			pairs = append(pairs, "TESTENV_KAFKA_LOGIN="+s.Kafka.Login, "TESTENV_KAFKA_ENCRYPTED="+s.Kafka.Encrypted, "TESTENV_KAFKA_CERTIFICATE="+s.Kafka.Certificate)
		}
	}
	if s.Sage != nil {
		pairs = append(pairs, "TESTENV_SAGE="+s.Sage.URL)
	}
	return pairs
}

// Assignments is Environment for a shell: one quoted assignment per line.
func (s *Set) Assignments() string {
	var text strings.Builder
	for _, pair := range s.Environment() {
		name, value, _ := strings.Cut(pair, "=")
		text.WriteString(name + "=" + Quote(value) + "\n")
	}
	return text.String()
}

// Quote makes one word of the text for a shell.
func Quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}
