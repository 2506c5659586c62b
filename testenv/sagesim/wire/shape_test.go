package wire

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
)

// example is a value that a field accepts.
func example(f field) any {
	switch f.kind {
	case decimalKind:
		return "1.50"
	case integerKind:
		return max(f.min, 1)
	case booleanKind:
		return true
	case dateKind:
		return "2026-03-16"
	case textsKind:
		return []any{"CUSTOMER"}
	case objectKind:
		return full(f.fields)
	case objectsKind:
		return []any{full(f.fields)}
	}
	if len(f.enum) > 0 {
		return f.enum[0]
	}
	return "x"
}

// full is an object with every field of a shape.
func full(s shape) map[string]any {
	out := map[string]any{}
	for name, f := range s {
		out[name] = example(f)
	}
	return out
}

func read(t *testing.T, resource string, inner map[string]any, o Options) []*books.Refusal {
	t.Helper()
	body, err := json.Marshal(map[string]any{Shapes[resource].Root: inner})
	if err != nil {
		t.Fatal(err)
	}
	_, refusals := Read(resource, body, o)
	return refusals
}

// eachResource runs f for every resource with a request that has every field.
func eachResource(t *testing.T, f func(t *testing.T, resource string, s shape, inner map[string]any)) {
	t.Helper()
	for name, r := range Shapes {
		t.Run(name, func(t *testing.T) { f(t, name, r.Fields, full(r.Fields)) })
	}
}

func TestARequestWithEveryFieldIsAccepted(t *testing.T) {
	eachResource(t, func(t *testing.T, resource string, s shape, inner map[string]any) {
		if refusals := read(t, resource, inner, Options{}); len(refusals) > 0 {
			t.Errorf("refused: %v", refusals)
		}
		if refusals := read(t, resource, map[string]any{}, Options{Partial: true}); len(refusals) > 0 {
			t.Errorf("an empty PUT was refused: %v", refusals)
		}
	})
}

func TestEveryRequiredFieldIsMissedByName(t *testing.T) {
	eachResource(t, func(t *testing.T, resource string, s shape, inner map[string]any) {
		for name, f := range s {
			if !f.required {
				continue
			}
			for _, absent := range []any{nil, ""} {
				without := maps.Clone(inner)
				without[name] = absent
				got := read(t, resource, without, Options{})
				if len(got) != 1 || got[0].Message != books.Required || got[0].Source != name {
					t.Errorf("%s = %#v gave %v", name, absent, got)
				}
			}
		}
	})
}

func TestTextsMayBeAsLongAsTheirLimitInCharacters(t *testing.T) {
	eachResource(t, func(t *testing.T, resource string, s shape, inner map[string]any) {
		for name, f := range s {
			if f.kind != textKind || f.max == 0 {
				continue
			}
			fits, long := maps.Clone(inner), maps.Clone(inner)
			fits[name], long[name] = strings.Repeat("é", f.max), strings.Repeat("é", f.max+1)
			if got := read(t, resource, fits, Options{}); len(got) > 0 {
				t.Errorf("%s of %d characters gave %v", name, f.max, got)
			}
			want := fmt.Sprintf("is too long (maximum is %d characters)", f.max)
			if got := read(t, resource, long, Options{}); len(got) != 1 || got[0].Message != want || got[0].Source != name {
				t.Errorf("%s of %d characters gave %v", name, f.max+1, got)
			}
		}
	})
}

func TestValuesOfTheWrongTypeAreRefused(t *testing.T) {
	wrong := map[kind][]any{
		textKind:    {1, true, []any{}, map[string]any{}},
		decimalKind: {"1,5", true, "1e3", []any{}},
		integerKind: {"1", 1.5, true, -1},
		booleanKind: {"true", 1},
		dateKind:    {"16.03.2026", "2026-02-30", 20260316},
		textsKind:   {"CUSTOMER", []any{1}},
		objectKind:  {"x", []any{}},
		objectsKind: {"x", map[string]any{}, []any{"x"}},
	}
	eachResource(t, func(t *testing.T, resource string, s shape, inner map[string]any) {
		for name, f := range s {
			for _, value := range wrong[f.kind] {
				changed := maps.Clone(inner)
				changed[name] = value
				if got := read(t, resource, changed, Options{}); len(got) != 1 || got[0].Status != 422 || !strings.Contains(got[0].Source, name) && !strings.Contains(got[0].Source, "line_items") {
					t.Errorf("%s = %#v gave %v", name, value, got)
				}
			}
		}
	})
}

func TestNumbersAndNumericTextsAreDecimals(t *testing.T) {
	inner := full(paymentFields)
	for _, value := range []any{12, 12.5, "12.5", "-3", 0} {
		inner["total_amount"] = value
		if got := read(t, "contact_payments", inner, Options{}); len(got) > 0 {
			t.Errorf("total_amount = %#v gave %v", value, got)
		}
	}
}

func TestLinesAreCalledLineItems(t *testing.T) {
	for resource, lines := range map[string]string{"sales_invoices": "invoice_lines", "sales_credit_notes": "credit_note_lines"} {
		inner := full(Shapes[resource].Fields)
		inner[lines] = []any{map[string]any{}}
		var sources []string
		for _, r := range read(t, resource, inner, Options{}) {
			sources = append(sources, r.Source)
		}
		want := []string{"line_items.description", "line_items.ledger_account_id", "line_items.quantity", "line_items.tax_rate_id", "line_items.unit_price"}
		if !slices.Equal(sources, want) {
			t.Errorf("an empty line of %s is refused at %v, want %v", resource, sources, want)
		}
		inner[lines] = []any{}
		if got := read(t, resource, inner, Options{}); len(got) != 1 || got[0].Source != "line_items" {
			t.Errorf("%s without lines gave %v", resource, got)
		}
	}
}

func TestAPutNamesTheLineItChanges(t *testing.T) {
	for _, c := range []struct {
		name string
		line map[string]any
		want int
	}{
		{"a line with an id may leave everything else out", map[string]any{"id": "1", "unit_price": "2"}, 0},
		{"a line without one is new and needs all", map[string]any{"unit_price": "2"}, 4},
		{"a field may not be emptied", map[string]any{"id": "1", "description": ""}, 1},
	} {
		got := read(t, "sales_invoices", map[string]any{"invoice_lines": []any{c.line}}, Options{Partial: true})
		if len(got) != c.want {
			t.Errorf("%s: got %v", c.name, got)
		}
	}
	if got := read(t, "sales_invoices", map[string]any{"invoice_lines": []any{map[string]any{"id": "1"}}}, Options{}); len(got) != 8 {
		t.Errorf("a POST with a line id got %v", got)
	}
}

func TestIdempotencyIDsAreTakenFromTheInnerObject(t *testing.T) {
	const id = "0f3a6c1de4b24f0f9a7c55d0c1b2a3e4"
	for _, c := range []struct{ name, resource, body, want string }{
		{"inside the root", "contacts", `{"contact":{"idempotency_id":"` + id + `"}}`, id},
		{"beside the root", "contacts", `{"idempotency_id":"` + id + `"}`, ""},
		{"with hyphens", "contacts", `{"contact":{"idempotency_id":"0f3a6c1d-e4b2-4f0f-9a7c-55d0c1b2a3e4"}}`, ""},
		{"under another root", "contacts", `{"sales_invoice":{"idempotency_id":"` + id + `"}}`, ""},
		{"for settings, which take none", "financial_settings", `{"financial_settings":{"idempotency_id":"` + id + `"}}`, ""},
		{"in no JSON", "contacts", `{"contact":`, ""},
	} {
		if got := Idempotency(c.resource, []byte(c.body)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func FuzzReadRefusesWhatItDoesNotUnderstand(f *testing.F) {
	for name, r := range Shapes {
		body, err := json.Marshal(map[string]any{r.Root: full(r.Fields)})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(name, body)
	}
	f.Fuzz(func(t *testing.T, resource string, body []byte) {
		r, refusals := Read(resource, body, Options{})
		for _, refusal := range refusals {
			if refusal.Status < 400 || refusal.Status > 499 || refusal.Message == "" {
				t.Errorf("%s was refused with %v", body, refusal)
			}
		}
		if len(refusals) == 0 && !json.Valid(r.Inner) {
			t.Errorf("%s was accepted", body)
		}
	})
}
