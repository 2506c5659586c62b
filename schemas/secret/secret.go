// Package secret has a type for passwords, tokens and keys that no log line, error or
// dumped config shows by accident.
//
//	type Config struct {
//		Password secret.String `yaml:"password"`
//	}
//
// Every way of printing it gives "[redacted]". Code that needs the text calls Reveal,
// which is easy to find in a review. Comparing and decoding work as for a string.
//
// It protects against accidents only: the text is in memory unencrypted, and a
// conversion to string reveals it as well.
package secret

import (
	"fmt"
	"io"
)

// redacted is printed for every secret, also for an empty one, so that not even its
// absence shows.
const redacted = "[redacted]"

// String is a text that prints as "[redacted]".
type String string

// Reveal returns the text.
func (s String) Reveal() string { return string(s) }

func (s String) String() string { return redacted }

func (s String) GoString() string { return redacted }

// MarshalText writes "[redacted]": JSON, YAML and text encoders use it.
func (s String) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalText takes the text as it is.
func (s *String) UnmarshalText(text []byte) error {
	*s = String(text)
	return nil
}

// Format writes "[redacted]" under every verb, %x and %q included.
func (s String) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }
