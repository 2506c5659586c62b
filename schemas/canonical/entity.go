// Package canonical is the contract between transform and its consumers: the entities
// that data teams read and that the sink brings to Sage. They are whole documents in
// snake_case JSON, with money as exact decimal strings. They state facts of Magento
// and contain no word of Sage's.
//
//	key invoice:12, topic <prefix>.canonical.invoice, partition of the root order/7
//	value the entity, full state each time; deletion is deleted: true
//	headers CloudEvents in binary mode (Event), and version
//
// An id that Magento uses again under another order, as after a restore from an older dump,
// is in the partitions of both: deleted under the old root, and alive under the new one. A
// deletion under one root says nothing about another.
//
// Each kind of entity has a JSON Schema (2020-12) beside its Go type. Fields are only
// added, never removed or changed. A fact that Magento does not have is an absent field
// where the field's comment says so; elsewhere it reads as "", 0, false or null.
//
// To add a kind of entity, such as parcel:
//
//	parcel.go             its type, which embeds Envelope and implements Entity
//	parcel.schema.json    its schema, one property for each field
//	kind.go               KindParcel, and one row in the table of kinds
//	each stage            one row in transform's and in the sink's own table of kinds
//
// Tests walk the table and fail where one of these is missing, and a kind without a
// row is an UnknownKindError at run time: no code has a default for unknown kinds.
package canonical

import (
	"strconv"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// An ID names one entity: "invoice:12", "stock:24-MB01". It is the key of its records.
type ID string

// NewID joins a kind and Magento's entity_id.
func NewID(k Kind, id uint64) ID { return ID(string(k) + ":" + strconv.FormatUint(id, 10)) }

// NewSKUID joins a kind and a SKU, as it is: it may have colons, spaces and letters of any kind.
func NewSKUID(k Kind, sku string) ID { return ID(string(k) + ":" + sku) }

// Kind returns the part before the first colon.
func (id ID) Kind() Kind {
	kind, _, _ := strings.Cut(string(id), ":")
	return Kind(kind)
}

// Text returns the part after the first colon: a number, or a SKU.
func (id ID) Text() string {
	_, text, _ := strings.Cut(string(id), ":")
	return text
}

// Number returns the part after the colon, 0 where it is not a number. A SKU may look like one.
func (id ID) Number() uint64 {
	n, _ := strconv.ParseUint(id.Text(), 10, 64)
	return n
}

// An Envelope holds the fields that every entity has.
type Envelope struct {
	Schema          string `json:"schema"`            // "mage2sage/invoice/1"
	MagentoEntityID uint64 `json:"magento_entity_id"` // 0 for stock, which has no number
	WebsiteID       *int   `json:"website_id"`        // null where the store is not known
	StoreID         *int   `json:"store_id"`          // null where Magento no longer has one
	// OccurredAt is the commit time of the change that led to this state, RFC 3339, UTC. Of a
	// document that a snapshot has read, which does not tell, it is the document's own time.
	OccurredAt string         `json:"occurred_at"`
	Version    change.Version `json:"version"`
	Deleted    bool           `json:"deleted"`
	Source     Source         `json:"source"`
}

// Source says from which shop an entity comes, and which of its aggregates.
type Source struct {
	Name string      `json:"name"` // the configured source, such as "shop"
	Root change.Root `json:"root"` // "order/7"
}

// SchemaName returns the name and major version that an entity's schema field has.
func SchemaName(k Kind) string { return "mage2sage/" + string(k) + "/1" }

// An Entity is a value of one of the kinds, such as an *Invoice.
type Entity interface {
	// ID names the entity.
	ID() ID
	// Head returns the fields that every entity has, for reading and writing.
	Head() *Envelope
	// Content returns a copy without the fields that may change although nothing
	// happened: the version, its time, and Magento's updated_at with what follows
	// it. When two versions have the same content, the second is not emitted.
	Content() Entity
}

// A Dated entity is a document, which has a time of its own.
type Dated interface {
	// Date returns it, RFC 3339, UTC; "" where Magento has none.
	Date() string
}

// strip clears the fields of an envelope that are no content.
func (e *Envelope) strip() {
	e.Version, e.OccurredAt = change.Version{}, ""
}
