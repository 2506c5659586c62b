package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/mage2sage/mage2sage/sink/work"
)

// A proposal is an operation that a plan would make.
type proposal struct {
	key     work.OperationKey
	history work.History // of the key
	// verb, object and identity name the call in its idempotency id, between business and
	// revision: "create", "invoice", "12".
	verb, object string
	identity     []string
	// content is what is compared with what Sage has refused: the body without its
	// idempotency id.
	content any
	// body is the JSON that goes out under an id.
	body func(idempotencyID string) (json.RawMessage, error)
}

// propose makes the operation, at its revision and under its id. refused reports whether
// Sage has refused just that; the last operation of the history has its hint.
func propose(b work.Binding, p proposal) (o work.Operation, refused bool, err error) {
	info, err := p.key.Kind.Info()
	if err != nil {
		return o, false, err
	}
	o = work.Operation{OperationKey: p.key, Priority: info.Priority}
	if o.BodyHash, err = hashOf(p.content); err != nil {
		return o, false, err
	}
	if o.Revision, err = p.history.NextRevision(p.key); err != nil {
		return o, false, err
	}
	refused = p.history.AlreadyRefused(o.BodyHash, b.PolicyVersion)
	parts := slices.Concat([]string{b.Business, p.verb, p.object, b.Source}, p.identity, []string{strconv.Itoa(o.Revision)})
	o.IdempotencyID = idempotencyID(parts...)
	o.Body, err = p.body(o.IdempotencyID)
	return o, refused, err
}

// idempotencyID is the id under which Sage remembers a call for seven days: the first 16
// bytes of SHA-256 over the parts, with the bits of a version 4 UUID, as 32 hex digits.
// The same parts give the same id on every machine, and after a loss of our own memory too,
// but for the revision: it counts Sage's refusals, which are lost with it. That is why
// Sage's lists are read before anything is sent once a loss was noticed.
//
//	business|create|contact|shop|customer:5/GBP|1
//	business|create|invoice|shop|12|000000012|2026-01-31T23:30:00Z|1
//	business|change|contact|shop|customer:5/GBP|1764028800000.17|1
func idempotencyID(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "|")))
	id := sum[:16]
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return hex.EncodeToString(id)
}

// hashOf is the digest of a value's JSON: the first 16 bytes of SHA-256, in hex.
func hashOf(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}
