package change

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	fastjson "github.com/segmentio/encoding/json"
)

// A Domain is a group of tables that share a topic.
type Domain string

// Domains. Sales, Customer and Catalog have as many partitions as the source is
// pinned to. Reference has one, because every reader needs all of it.
const (
	Sales     Domain = "sales"
	Customer  Domain = "customer"
	Catalog   Domain = "catalog"
	Reference Domain = "reference"
)

// Kinds of aggregates, the first part of a Root.
const (
	AggregateOrder    = "order"
	AggregateCustomer = "customer"
	AggregateCompany  = "company"
	AggregateProduct  = "product"
	// AggregateStock is what lies in the warehouses of one SKU. Its roots have the SKU, and
	// not a number; see NewStockRoot.
	AggregateStock = "stock"
	// AggregateEstimate is a quote whose price is negotiated; its roots have the quote's number.
	AggregateEstimate = "estimate"
)

// A Root names the aggregate that a row belongs to, such as "order/12". Its hash
// chooses the partition, so that all changes of one order are in one partition, in
// commit order.
type Root string

// NewRoot joins kind and id: NewRoot("order", 12) is "order/12".
func NewRoot(kind string, id uint64) Root {
	return Root(kind + "/" + strconv.FormatUint(id, 10))
}

// NewStockRoot is the root of a SKU's stock: NewStockRoot("Abc ") is "stock/ABC". Spellings
// that are one SKU to Magento have one root.
func NewStockRoot(sku string) Root { return Root(AggregateStock + "/" + Fold(sku)) }

// Kind returns the part before the slash: "order".
func (r Root) Kind() string {
	kind, _, _ := strings.Cut(string(r), "/")
	return kind
}

// Number returns the part after the slash. ok is false where it is not a number, such
// as a SKU.
func (r Root) Number() (id uint64, ok bool) {
	_, rest, _ := strings.Cut(string(r), "/")
	id, err := strconv.ParseUint(rest, 10, 64)
	return id, err == nil
}

// A Key is the key of a raw record.
type Key struct {
	Table string          `json:"table"` // logical table
	PK    json.RawMessage `json:"pk"`    // primary key columns by name, in the table's order
}

// DecodeKey reads the key of a raw record. It returns an error for a key without
// table or primary key.
func DecodeKey(key []byte) (Key, error) {
	var k Key
	if err := fastjson.Unmarshal(key, &k); err != nil {
		return Key{}, fmt.Errorf("decode key: %w", err)
	}
	if k.Table == "" || len(k.PK) == 0 {
		return Key{}, fmt.Errorf("decode key: want table and pk")
	}
	return k, nil
}
