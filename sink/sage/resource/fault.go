package resource

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Fault is one entry of Sage's error body.
type Fault struct {
	Code    string `json:"$dataCode"`
	Message string `json:"$message"`
	Source  string `json:"$source"`
}

// ReadFault reads the body of an answer that is no success: an array of faults, of
// which the first is returned, or one of them alone. Any other body, such as a
// gateway's HTML, is the zero Fault. Code and Source are identifiers or empty;
// Message repeats what we sent and must not be shown or logged.
func ReadFault(body []byte) Fault {
	f := firstFault(bytes.TrimSpace(body))
	f.Code, f.Source = Identifier(f.Code), Identifier(f.Source)
	return f
}

func firstFault(body []byte) Fault {
	var many []Fault
	if json.Unmarshal(body, &many) == nil && len(many) > 0 {
		return many[0]
	}
	var one Fault
	if json.Unmarshal(body, &one) == nil {
		return one
	}
	return Fault{}
}

// longestIdentifier is more than any code or field name that Sage documents has,
// and too little for a sentence.
const longestIdentifier = 80

// Identifier returns s if it can only be a code or the name of a field, and
// otherwise "": what Sage answers can repeat a customer's name or address.
func Identifier(s string) string {
	if len(s) > longestIdentifier {
		return ""
	}
	for _, c := range s {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.ContainsRune("._[]$-", c):
		default:
			return ""
		}
	}
	return s
}
