package money

import (
	"bytes"
	"fmt"
	"strings"
)

// MarshalJSON prints a JSON string.
func (a Amount) MarshalJSON() ([]byte, error) { return []byte(`"` + a.String() + `"`), nil }

// UnmarshalJSON takes a string, a number or null (zero), as Magento's rows and
// Sage's answers have them.
func (a *Amount) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		*a = Amount{}
		return nil
	}
	s := strings.Trim(string(b), `"`)
	v, err := Parse(s)
	if err != nil {
		return fmt.Errorf("amount: %w", err)
	}
	*a = v
	return nil
}

// MarshalText prints the plain decimal, for YAML and map keys.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText is Parse.
func (a *Amount) UnmarshalText(b []byte) (err error) {
	*a, err = Parse(string(b))
	return err
}
