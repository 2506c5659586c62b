package reference

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// uses says which of the data the entities of each kind of aggregate are made with. A change
// of others leaves them as they are, so that nobody assembles a million customers again
// because a warehouse got another name. What a kind uses and is not listed here would keep
// an old value; of a kind that is not listed everything counts.
var uses = map[string]func(data) any{
	change.AggregateCustomer: func(d data) any { return []any{d.Stores, d.Websites, d.Groups, d.Attributes, d.Config} },
	change.AggregateCompany:  func(d data) any { return d.Groups },
	change.AggregateOrder:    storesAndGroups,
	change.AggregateEstimate: storesAndGroups,
	change.AggregateProduct: func(d data) any {
		return []any{d.Stores, d.Websites, d.TaxClasses, d.ProductAttributes, d.CatalogAttributes, d.Labels, d.Prices}
	},
	change.AggregateStock: func(d data) any { return []any{d.Sources, d.StockNames, d.SourceLinks, d.SalesChannels} },
}

func storesAndGroups(d data) any { return []any{d.Stores, d.Websites, d.Groups, d.Config} }

// everything stands for a kind of aggregate that is not in uses.
const everything = ""

// fingerprints digests the data by kind of aggregate; encoding/json writes maps in the order
// of their keys.
func (d data) fingerprints() (map[string]string, error) {
	all := map[string]string{}
	for aggregate, used := range uses {
		digest, err := digestOf(used(d))
		if err != nil {
			return nil, err
		}
		all[aggregate] = digest
	}
	digest, err := digestOf(d)
	all[everything] = digest
	return all, err
}

func digestOf(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("encode reference data: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16]), nil
}

// Fingerprint names what the entities of a kind of aggregate are made with: two views with the
// same one say the same about them.
func (v *View) Fingerprint(aggregate string) string {
	if digest, listed := v.fingerprints[aggregate]; listed {
		return digest
	}
	return v.fingerprints[everything]
}
