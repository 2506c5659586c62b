package wire

import (
	"bytes"
	"encoding/json"
	"regexp"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
)

// A Request is the checked inner object of a POST or PUT.
type Request struct {
	Inner   json.RawMessage
	Unknown int // how many fields it held that its resource does not have
}

// Options say how a request is read.
type Options struct {
	Partial bool // a PUT: every field is optional
	Lenient bool // unknown fields are ignored; else they are refused
}

// identifier is the form of an idempotency_id.
var identifier = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)

// Read unwraps and checks the body of a write to one of the Shapes. The request
// is also returned with refusals, for its Unknown.
func Read(resource string, body []byte, o Options) (Request, []*books.Refusal) {
	var r Request
	known := Shapes[resource]
	var outer map[string]json.RawMessage
	if err := json.Unmarshal(body, &outer); err != nil {
		return r, []*books.Refusal{{Status: 400, Code: "InvalidRequest", Message: "The body is not valid JSON."}}
	}
	r.Inner = outer[known.Root]
	tree, err := object(r.Inner)
	if err != nil {
		return r, []*books.Refusal{{Status: 422, Code: "Validation", Message: known.Root + " is missing", Source: known.Root}}
	}
	c := check{root: known.Root, partial: o.Partial, lenient: o.Lenient}
	c.idempotency(known, tree)
	c.object(known.Fields, tree, "")
	r.Unknown = c.unknown
	return r, c.refusals
}

// idempotency takes the idempotency_id out of the tree and checks its form.
func (c *check) idempotency(known Resource, tree map[string]any) {
	given, ok := tree["idempotency_id"]
	if !ok || !known.Idempotent {
		return
	}
	delete(tree, "idempotency_id")
	if id, _ := given.(string); !identifier.MatchString(id) {
		c.malformed("idempotency_id")
	}
}

// Idempotency is the idempotency_id of a body; empty when it has none or a
// malformed one, which Read refuses.
func Idempotency(resource string, body []byte) string {
	known := Shapes[resource]
	var outer map[string]struct {
		ID string `json:"idempotency_id"`
	}
	if !known.Idempotent || json.Unmarshal(body, &outer) != nil || !identifier.MatchString(outer[known.Root].ID) {
		return ""
	}
	return outer[known.Root].ID
}

// object decodes one JSON object, numbers kept as texts.
func object(data []byte) (map[string]any, error) {
	var tree map[string]any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	if err := d.Decode(&tree); err != nil {
		return nil, err
	}
	if tree == nil {
		return nil, errNoObject
	}
	return tree, nil
}
