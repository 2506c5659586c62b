package sink

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

// entityOf reads a record as far as its row needs it, and the root that it states. Its
// error is for people and names no value of the record.
func entityOf(kind canonical.Kind, r topic.Record) (e postgres.Entity, root change.Root, err error) {
	decoded, err := canonical.Decode(kind, r.Value)
	if err != nil {
		return e, "", explainDecode(kind, err)
	}
	h := decoded.Head()
	e = postgres.Entity{
		Offset: r.Offset, Source: h.Source.Name, ID: decoded.ID(), WebsiteID: h.WebsiteID, StoreID: h.StoreID,
		Version: h.Version, Deleted: h.Deleted, Body: storable(canonical.Text(r.Value)),
	}
	if e.Source == "" || h.MagentoEntityID == 0 || h.Version.IsZero() {
		return e, "", errors.New("source, magento_entity_id or version is missing")
	}
	var magentoID uint64
	switch x := decoded.(type) {
	case *canonical.Invoice:
		e.OrderID, e.CustomerID, magentoID = x.OrderID, x.Customer.MagentoID, x.MagentoID
	case *canonical.CreditMemo:
		e.OrderID, e.CustomerID, magentoID = x.OrderID, x.Customer.MagentoID, x.MagentoID
	case *canonical.Customer:
		e.CustomerID, magentoID = x.MagentoEntityID, x.MagentoID
	default:
		return e, "", fmt.Errorf("intake knows no columns of a %T", decoded)
	}
	e.Person, e.PersonAsOf, e.Cut = plan.PersonKeys(e.Source, decoded), plan.PersonAsOf(decoded), plan.WithoutPerson
	if magentoID != h.MagentoEntityID {
		return e, "", errors.New("magento_id is that of another document: transform has not written this record")
	}
	return e, h.Source.Root, nil
}

// explainDecode names the field that does not decode, and not what stands in it: the
// decoders' own messages quote the value.
func explainDecode(kind canonical.Kind, err error) error {
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		return fmt.Errorf("it does not decode as %s: field %s has a value of another type or range", kind, mismatch.Field)
	}
	return fmt.Errorf("it does not decode as %s", kind)
}

// replacement is U+FFFD as JSON writes it.
var replacement = []byte(`\ufffd`)

// storable is a JSON text as jsonb takes it. A NUL, which jsonb takes in no form, and what
// is no UTF-8 become U+FFFD: a reader sees that something stood there, and Sage never gets
// either. Other control characters are kept; they end in resource.Sanitize.
func storable(value []byte) []byte {
	if !bytes.Contains(value, []byte(`\u0000`)) && utf8.Valid(value) {
		return value
	}
	value = bytes.ToValidUTF8(value, []byte("\ufffd"))
	out := make([]byte, 0, len(value))
	for len(value) > 0 {
		n := 1
		switch {
		case bytes.HasPrefix(value, []byte(`\u0000`)):
			out, n = append(out, replacement...), len(replacement)
		case value[0] == '\\' && len(value) > 1: // an escape of two bytes, such as a backslash that escapes nothing behind it
			out, n = append(out, value[:2]...), 2
		default:
			out = append(out, value[0])
		}
		value = value[n:]
	}
	return out
}
