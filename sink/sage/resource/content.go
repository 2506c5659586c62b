package resource

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// Content is a resource as Sage answered it, whole, to be compared with what was sent.
type Content json.RawMessage

// keep decodes an answer into its known fields and keeps the whole of it.
func keep(text []byte, known any, all *Content) error {
	*all = slices.Clone(text)
	return json.Unmarshal(text, known)
}

// Differences names the fields of a request that Sage has otherwise, such as "name" or
// "main_address.city", in alphabetical order. Sage reads x_id back as the object x and
// x_ids as the list xs (developer.sage.com/accounting, API reference). A field that the
// answer does not have at all says nothing; only restricts the comparison to some
// fields. A body or an answer that is no object differs as a whole, by the name "".
func (c Content) Differences(body json.RawMessage, only ...string) []string {
	var wrapped map[string]map[string]any
	var answered map[string]any
	if !decode(body, &wrapped) || len(wrapped) != 1 || !decode(json.RawMessage(c), &answered) {
		return []string{""}
	}
	var all []string
	for _, sent := range wrapped {
		if len(only) > 0 {
			for name := range sent {
				if !slices.Contains(only, name) {
					delete(sent, name)
				}
			}
		}
		all = objectDiffers(sent, answered, "")
	}
	slices.Sort(all)
	return all
}

// Only is the content without all fields but these: of many, no more is kept than is compared.
func (c Content) Only(fields ...string) Content {
	var all map[string]json.RawMessage
	if json.Unmarshal(c, &all) != nil {
		return c
	}
	kept := map[string]json.RawMessage{}
	for _, name := range fields {
		if value, ok := all[name]; ok {
			kept[name] = value
		}
	}
	text, _ := json.Marshal(kept) // what was JSON encodes
	return text
}

// decode keeps numbers as they are written: an amount may not pass through a float.
func decode(text json.RawMessage, into any) bool {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into) == nil
}

func objectDiffers(sent, answered map[string]any, prefix string) (all []string) {
	for name, value := range sent {
		got, ok := answered[name]
		switch {
		case strings.HasSuffix(name, "_ids"):
			got, ok = answered[strings.TrimSuffix(name, "_ids")+"s"]
		case strings.HasSuffix(name, "_id"):
			got, ok = answered[strings.TrimSuffix(name, "_id")]
		}
		if ok {
			all = append(all, valueDiffers(value, got, name, prefix+name)...)
		}
	}
	return all
}

// valueDiffers returns path, or what lies below it, where a value is another one.
func valueDiffers(sent, got any, name, path string) []string {
	switch value := sent.(type) {
	case map[string]any:
		object, _ := got.(map[string]any)
		if object == nil {
			return []string{path}
		}
		return objectDiffers(value, object, path+".")
	case []any:
		return listDiffers(value, got, name, path)
	}
	if reference, ok := got.(map[string]any); ok {
		got = reference["id"]
	}
	if !same(text(sent), text(got), name) {
		return []string{path}
	}
	return nil
}

func listDiffers(sent []any, got any, name, path string) (all []string) {
	list, _ := got.([]any)
	if by := keyOf(sent); by != "" {
		list = ordered(list, sent, by)
	}
	if len(list) != len(sent) {
		return []string{path}
	}
	for i := range sent {
		all = append(all, valueDiffers(sent[i], list[i], name, path)...)
	}
	return all
}

// keys are the fields by which Sage has lists whose order is its own, and that hold more than was
// sent: the prices of an item, one for each price type of the business.
var keys = []string{"product_sales_price_type_id", "service_rate_type_id"}

// keyOf is the key of a list of objects; "" where it has none.
func keyOf(list []any) string {
	for _, key := range keys {
		if len(list) > 0 && !slices.ContainsFunc(list, func(one any) bool { object, _ := one.(map[string]any); return object[key] == nil }) {
			return key
		}
	}
	return ""
}

// ordered picks of a list what has the keys of another, in its order.
func ordered(list, like []any, key string) (out []any) {
	for _, sent := range like {
		for _, one := range list {
			object, _ := one.(map[string]any)
			reference, _ := object[strings.TrimSuffix(key, "_id")].(map[string]any)
			if text(reference["id"]) == text(sent.(map[string]any)[key]) {
				out = append(out, one)
			}
		}
	}
	return out
}

// amounts are the names of fields that are numbers, besides those that end in _amount.
var amounts = []string{"amount", "price", "rate", "quantity", "unit_price", "cost_price", "exchange_rate", "discount"}

// same compares two values: amounts by what they are worth, texts without regard to
// spaces around and between words. Sage has null for a boolean that nobody has set, and
// writes some dates with a time of day.
func same(sent, got, name string) bool {
	switch {
	case slices.Contains(amounts, name) || strings.HasSuffix(name, "_amount"):
		a, errA := money.Parse(sent)
		b, errB := money.Parse(got)
		return errA == nil && errB == nil && a.Equal(b)
	case sent == "false" && got == "":
		return true
	case name == "date" && strings.HasPrefix(got, sent+"T"):
		return true
	}
	return strings.Join(strings.Fields(sent), " ") == strings.Join(strings.Fields(got), " ")
}

// text is a scalar as Sage could have written it; null is an empty text.
func text(v any) string {
	switch value := v.(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	case bool:
		return strconv.FormatBool(value)
	}
	return ""
}
