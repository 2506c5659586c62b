// Package secret holds passwords, tokens and keys in a way that no log line, error
// or dumped config prints by accident.
//
//	type Config struct {
//		Password secret.String `yaml:"password"`
//	}
//
// Every way of printing gives "[redacted]"; whoever needs the text calls Reveal,
// which is easy to find in a review. Comparing and decoding are those of a string.
package secret

import (
	"fmt"
	"io"
)

// redacted stands for every secret, also for the empty one.
const redacted = "[redacted]"

// String is a text that prints as "[redacted]".
type String string

// Reveal returns the text.
func (s String) Reveal() string { return string(s) }

// String is "[redacted]".
func (s String) String() string { return redacted }

// GoString is "[redacted]".
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
