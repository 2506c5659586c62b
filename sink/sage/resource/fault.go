package resource

import (
	"bytes"
	"encoding/json"
	"slices"
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

// statusOf are the statuses with which Sage sends the codes that it documents
// (developer.sage.com/accounting, frequently raised errors). A code that is not here
// comes with any status.
var statusOf = map[string][]int{
	"AuthorizationFailure":  {401},
	"MultiUserAccessDenied": {403},
	"RecordNotFound":        {404},
	"RecordInvalid":         {422},
	"Validation":            {400, 422},
	"UnexpectedError":       {500},
}

// FromSage reports whether a fault that came with that status is Sage's own word: it
// has a code, and the code is one that Sage sends with the status. What a gateway, a
// proxy or another program answers has none.
func (f Fault) FromSage(status int) bool {
	known, ok := statusOf[f.Code]
	return f.Code != "" && (!ok || slices.Contains(known, status))
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
