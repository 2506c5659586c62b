package wire

import (
	"bytes"
	"encoding/json"
	"regexp"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
)

// A Request is the checked inner object of a POST or PUT.
type Request struct {
	Inner       json.RawMessage
	Idempotency string // the idempotency_id, or empty
	Unknown     int    // how many fields it held that its resource does not have
}

// Options say how a request is read.
type Options struct {
	Partial bool // a PUT: every field is optional
	Lenient bool // unknown fields are ignored; else they are refused
}

// identifier is the form of an idempotency_id.
var identifier = regexp.MustCompile(`^[0-9a-fA-F]{32}$`)

// Read unwraps and checks the body of a write to one of the Shapes. The request
// is also returned with refusals, for its Unknown and Idempotency.
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
	r.Idempotency = c.idempotency(known, tree)
	c.object(known.Fields, tree, "")
	r.Unknown = c.unknown
	return r, c.refusals
}

// idempotency takes the idempotency_id out of the tree.
func (c *check) idempotency(known Resource, tree map[string]any) string {
	given, ok := tree["idempotency_id"]
	if !ok || !known.Idempotent {
		return ""
	}
	delete(tree, "idempotency_id")
	id, _ := given.(string)
	if !identifier.MatchString(id) {
		c.malformed("idempotency_id")
		return ""
	}
	return id
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
