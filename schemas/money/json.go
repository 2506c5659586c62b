package money

import (
	"bytes"
	"fmt"
	"strings"
)

// MarshalJSON writes a JSON string, because a JSON number may pass through a float.
func (a Amount) MarshalJSON() ([]byte, error) {
	return append(a.text(append(make([]byte, 0, 24), '"')), '"'), nil
}

// UnmarshalJSON takes a string, a number or null: Magento's rows have strings, Sage's
// answers have both. null is zero.
func (a *Amount) UnmarshalJSON(b []byte) error {
	if bytes.Equal(b, []byte("null")) {
		*a = Amount{}
		return nil
	}
	if short, ok := parseShort(bytes.Trim(b, `"`)); ok {
		*a = short
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

// MarshalText writes the plain decimal, for YAML and for keys of maps.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText is Parse.
func (a *Amount) UnmarshalText(b []byte) (err error) {
	*a, err = Parse(string(b))
	return err
}
