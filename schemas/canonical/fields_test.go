package canonical_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/testenv/golden"
)

// A counterpart is a field that connectors which publish by Magento's REST API send, and ours.
type counterpart struct {
	theirs string
	ours   string // path in our schema; "" is the same as theirs
	note   string // what differs
}

// counterparts are all fields of theirs, by the kind of entity.
var counterparts = []struct {
	title  string
	kind   canonical.Kind
	at     string // where in our schema the group stands
	fields []counterpart
}{
	{"Address", canonical.KindInvoice, "customer.addresses[].", []counterpart{
		{theirs: "kind"}, {theirs: "street"}, {theirs: "city"}, {theirs: "region"}, {theirs: "postcode"}, {theirs: "country_id"}, {theirs: "telephone"},
	}},
	{"Contact, in the customer's topic", canonical.KindCustomer, "", []counterpart{
		{theirs: "magento_id"}, {theirs: "email"}, {theirs: "first_name"}, {theirs: "last_name"}, {theirs: "company"}, {theirs: "phone"},
		{theirs: "website_id"}, {theirs: "group_id"}, {theirs: "addresses", note: "a customer without a default address has none; documents have their own, and the contact in Sage has those of the newest order"},
		{theirs: "created_at"}, {theirs: "updated_at"},
	}},
	{"Contact, in a document", canonical.KindInvoice, "customer.", []counterpart{
		{theirs: "magento_id", note: "0 for guests"}, {theirs: "email"}, {theirs: "first_name"}, {theirs: "last_name"}, {theirs: "company"}, {theirs: "phone"},
		{theirs: "website_id", note: "of the store where they bought; 0 for guests"}, {theirs: "group_id"}, {theirs: "addresses"}, {theirs: "created_at"}, {theirs: "updated_at"},
	}},
	{"Invoice", canonical.KindInvoice, "", []counterpart{
		{theirs: "magento_id"}, {theirs: "increment_id"}, {theirs: "order_id"}, {theirs: "order_increment_id"}, {theirs: "website_id"}, {theirs: "store_id"},
		{theirs: "currency"}, {theirs: "state"}, {theirs: "customer"}, {theirs: "lines", note: "without the rows of configurables and bundles that repeat their parts"},
		{theirs: "subtotal"}, {theirs: "tax_amount"}, {theirs: "shipping_amount"}, {theirs: "shipping_tax_amount"}, {theirs: "discount_amount"}, {theirs: "grand_total"},
		{theirs: "created_at"}, {theirs: "payment_method"}, {theirs: "billing_address"}, {theirs: "shipping_address"}, {theirs: "po_number"}, {theirs: "base_to_order_rate"},
	}},
	{"Line", canonical.KindInvoice, "lines[].", []counterpart{
		{theirs: "sku"}, {theirs: "name"}, {theirs: "qty"}, {theirs: "unit_price"}, {theirs: "line_subtotal"}, {theirs: "line_tax"},
		{theirs: "line_total", note: "net_amount + line_tax, which holds for prices that include tax, too"},
		{theirs: "tax_rate"}, {theirs: "tax_class", ours: "tax_rates", note: "never sent there; here the rates with code, title and percent"}, {theirs: "product_type"},
	}},
	{"Credit memo", canonical.KindCreditMemo, "", []counterpart{
		{theirs: "magento_id"}, {theirs: "increment_id"}, {theirs: "invoice_id"}, {theirs: "invoice_increment_id"}, {theirs: "website_id"}, {theirs: "currency"},
		{theirs: "customer"}, {theirs: "lines"}, {theirs: "adjustment_positive"}, {theirs: "adjustment_negative"}, {theirs: "grand_total"},
		{theirs: "shipping_amount"}, {theirs: "shipping_tax_amount"}, {theirs: "reason", note: "only with `comments` in source.also_capture"}, {theirs: "created_at"},
		{theirs: "invoice_created_at"}, {theirs: "base_to_order_rate"},
	}},
	{"Payment", canonical.KindPayment, "captures[].", []counterpart{
		{theirs: "magento_id", note: "the invoice's id"}, {theirs: "invoice_id"}, {theirs: "invoice_increment_id"}, {theirs: "method"}, {theirs: "currency"}, {theirs: "amount"},
		{theirs: "captured_at", note: "the gateway's time where there is one, see captured_at_source"}, {theirs: "gateway_txn_id"},
	}},
	{"Product", canonical.KindProduct, "", []counterpart{
		{theirs: "magento_id"}, {theirs: "sku"}, {theirs: "name"}, {theirs: "product_type"}, {theirs: "price"}, {theirs: "special_price"}, {theirs: "cost"},
		{theirs: "weight"}, {theirs: "stock_qty"}, {theirs: "manage_stock"}, {theirs: "tax_class"}, {theirs: "website_ids"}, {theirs: "created_at"}, {theirs: "updated_at"},
	}},
}

// notSent are fields of theirs that have no counterpart, each with the reason.
var notSent = map[string]string{
	"Payment gateway_metadata": "what a gateway keeps beside its ids may hold card and account data: it never leaves the shop",
}

// TestEveryFieldOfAnObserversConnectorHasACounterpart also writes docs/fields.md.
func TestEveryFieldOfAnObserversConnectorHasACounterpart(t *testing.T) {
	var doc strings.Builder
	doc.WriteString("# Fields, for those who come from a connector that publishes by PHP observers\n\n" +
		"What such connectors send of an entity, and where it is here. Amounts are decimal texts with all digits that Magento stored; theirs are floating-point numbers.\n" +
		"All other fields, with what they say: `mage2sage topics --schema order`, and so for each entity. This page is written by `go test ./schemas/canonical -run Counterpart -update`.\n")
	for _, group := range counterparts {
		fmt.Fprintf(&doc, "\n## %s\n\n| theirs | `canonical.%s` | |\n|---|---|---|\n", group.title, group.kind)
		for _, f := range group.fields {
			path := group.at + f.theirs
			if f.ours != "" {
				path = group.at + f.ours
			}
			if !hasPath(t, group.kind, path) {
				t.Errorf("%s of %s: the schema has no %s", f.theirs, group.title, path)
			}
			fmt.Fprintf(&doc, "| `%s` | `%s` | %s |\n", f.theirs, path, f.note)
		}
	}
	doc.WriteString("\n## Not here\n\n")
	for _, name := range slices.Sorted(maps.Keys(notSent)) {
		fmt.Fprintf(&doc, "- %s: %s.\n", name, notSent[name])
	}
	golden.Compare(t, "../../../docs/fields.md", doc.String())
}

// hasPath reports whether a schema describes a field, such as lines[].sku.
func hasPath(t *testing.T, k canonical.Kind, path string) bool {
	t.Helper()
	var schema map[string]any
	if err := json.Unmarshal(canonical.Schema(k), &schema); err != nil {
		t.Fatal(err)
	}
	at := schema
	for _, step := range strings.Split(path, ".") {
		name, list := strings.CutSuffix(step, "[]")
		properties, _ := resolve(schema, at)["properties"].(map[string]any)
		next, ok := properties[name].(map[string]any)
		if !ok {
			return false
		}
		if at = resolve(schema, next); list {
			at, _ = at["items"].(map[string]any)
		}
	}
	return at != nil
}

// resolve follows a reference into the schema's definitions.
func resolve(schema, at map[string]any) map[string]any {
	ref, _ := at["$ref"].(string)
	if ref == "" {
		return at
	}
	all, _ := schema["$defs"].(map[string]any)
	found, _ := all[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	return found
}
