// Package canonical holds the entities that data teams consume and that the sink
// brings to Sage: whole documents in snake_case JSON, money as exact decimal
// strings, facts of Magento and none of Sage's words.
//
//	key invoice:12, topic <prefix>.canonical.invoice, partition of the root order/7
//	value the entity, full state each time; deletion is deleted: true
//	headers CloudEvents in binary mode (Event), and version
//
// Each entity has a JSON Schema (2020-12) beside its Go type, evolved by adding
// only. A fact that Magento does not have is an absent field where the field says so;
// elsewhere it reads as "", 0, false or null.
package canonical

import (
	"strconv"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// An ID names one entity: "invoice:12". It is the key of its records.
type ID string

// NewID joins kind and Magento's id.
func NewID(k Kind, id uint64) ID { return ID(string(k) + ":" + strconv.FormatUint(id, 10)) }

// Kind is the part before the colon.
func (id ID) Kind() Kind {
	kind, _, _ := strings.Cut(string(id), ":")
	return Kind(kind)
}

// Number is the part after the colon, 0 where it is no number.
func (id ID) Number() uint64 {
	_, rest, _ := strings.Cut(string(id), ":")
	n, _ := strconv.ParseUint(rest, 10, 64)
	return n
}

// An Envelope is what every entity has.
type Envelope struct {
	Schema          string         `json:"schema"` // "mage2sage/invoice/1"
	MagentoEntityID uint64         `json:"magento_entity_id"`
	WebsiteID       *int           `json:"website_id"`  // null where the store is not known
	StoreID         *int           `json:"store_id"`    // null where Magento has none any more
	OccurredAt      string         `json:"occurred_at"` // commit time of the change that led to this state, RFC 3339, UTC
	Version         change.Version `json:"version"`
	Deleted         bool           `json:"deleted"`
	Source          Source         `json:"source"`
}

// Source says from which shop an entity comes, and which of its aggregates.
type Source struct {
	Name string      `json:"name"` // the configured source, such as "shop"
	Root change.Root `json:"root"` // "order/7"
}

// SchemaName is the name and major version in an entity's schema field.
func SchemaName(k Kind) string { return "mage2sage/" + string(k) + "/1" }

// An Entity is an Invoice, a CreditMemo or a Customer.
type Entity interface {
	// ID names the entity.
	ID() ID
	// Head gives access to what every entity has.
	Head() *Envelope
	// Content is the entity without what may change when nothing happened: its
	// version, when that occurred and Magento's updated_at. Two entities with
	// the same content are the same, and the second is not emitted.
	Content() Entity
}

// strip clears what Content leaves out of an envelope.
func (e *Envelope) strip() {
	e.Version, e.OccurredAt = change.Version{}, ""
}
