package canonical

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/change"
)

func TestEveryKindIsCompleteInTheTable(t *testing.T) {
	seen := map[Kind]bool{}
	for _, info := range Kinds() {
		t.Run(string(info.Kind), func(t *testing.T) {
			if seen[info.Kind] {
				t.Error("it is in the table twice")
			}
			seen[info.Kind] = true
			e := info.New()
			e.Head().MagentoEntityID = 12
			if s, ok := e.(*Stock); ok {
				s.SKU = "12"
			}
			if want := NewID(info.Kind, 12); e.ID() != want {
				t.Errorf("an empty one with entity_id 12 has the id %s, want %s", e.ID(), want)
			}
			if info.New() == info.New() {
				t.Error("New gives the same entity twice")
			}
			if !slices.Contains(KindsOf(info.Domain), info.Kind) {
				t.Errorf("its domain %s does not list it", info.Domain)
			}
			if !slices.Contains([]string{change.AggregateCustomer, change.AggregateCompany, change.AggregateOrder, change.AggregateEstimate, change.AggregateProduct, change.AggregateStock}, info.Aggregate) {
				t.Errorf("no root is of kind %q", info.Aggregate)
			}
			if len(Schema(info.Kind)) == 0 {
				t.Error("it has no schema")
			}
			if back, err := info.Kind.Info(); err != nil || back.Kind != info.Kind {
				t.Errorf("Info gives %s, %v", back.Kind, err)
			}
		})
	}
}

func TestAnUnknownKindIsAnErrorEverywhere(t *testing.T) {
	for _, kind := range []Kind{"", "parcel", "Invoice", "invoices", "../invoice"} {
		t.Run(string(kind), func(t *testing.T) {
			var unknown *UnknownKindError
			if _, err := kind.Info(); !errors.As(err, &unknown) || unknown.Kind != kind {
				t.Errorf("Info gives %v", err)
			}
			if e, err := Decode(kind, []byte(`{}`)); !errors.As(err, &unknown) || e != nil {
				t.Errorf("Decode gives %v, %v", e, err)
			}
			if Schema(kind) != nil {
				t.Error("it has a schema")
			}
		})
	}
	if all := KindsOf(change.Reference); all != nil {
		t.Errorf("reference data have the kinds %v", all)
	}
}

func TestChangingTheListOfKindsChangesNoTable(t *testing.T) {
	all := Kinds()
	all[0].Kind = "changed"
	if Kinds()[0].Kind == "changed" {
		t.Error("Kinds hands out the table itself")
	}
}

func TestAnIDIsKindAndNumberOrSKU(t *testing.T) {
	for id, want := range map[ID]struct {
		kind   Kind
		text   string
		number uint64
	}{
		"invoice:12":                    {"invoice", "12", 12},
		"customer:18446744073709551615": {"customer", "18446744073709551615", 18446744073709551615},
		"stock:abc":                     {"stock", "abc", 0},
		"stock:a:b/é 1,\"x\" ":          {"stock", "a:b/é 1,\"x\" ", 0},
		"invoice":                       {"invoice", "", 0},
		"invoice:-1":                    {"invoice", "-1", 0},
	} {
		t.Run(string(id), func(t *testing.T) {
			if id.Kind() != want.kind || id.Text() != want.text || id.Number() != want.number {
				t.Errorf("it is %s, %q, number %d", id.Kind(), id.Text(), id.Number())
			}
		})
	}
	if got := NewSKUID(KindStock, "a:b"); got != "stock:a:b" || got.Text() != "a:b" {
		t.Errorf("the id of SKU a:b is %s", got)
	}
}

func TestAnEntityReadsBackAsItWasWritten(t *testing.T) {
	for _, info := range Kinds() {
		t.Run(string(info.Kind), func(t *testing.T) {
			e := info.New()
			fill(reflect.ValueOf(e).Elem(), 0)
			text, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			back, err := Decode(info.Kind, text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(e, back); diff != "" {
				t.Errorf("(-written +read):\n%s", diff)
			}
		})
	}
}

// volatile names the fields that Content leaves out, as JSON paths.
var volatile = map[Kind][]string{
	KindCustomer:   {"occurred_at", "updated_at", "version"},
	KindCompany:    {"occurred_at", "version"},
	KindOrder:      {"customer.updated_at", "occurred_at", "version"},
	KindPayment:    {"captures", "occurred_at", "version"},
	KindInvoice:    {"customer.updated_at", "occurred_at", "payment.captured_at", "version"},
	KindCreditMemo: {"customer.updated_at", "occurred_at", "version"},
	KindEstimate:   {"occurred_at", "version"},
	KindProduct:    {"occurred_at", "updated_at", "version"},
	KindStock:      {"occurred_at", "version"},
}

func TestContentLeavesOutVersionAndTimeAndNothingElse(t *testing.T) {
	for _, info := range Kinds() {
		t.Run(string(info.Kind), func(t *testing.T) {
			e := info.New()
			fill(reflect.ValueOf(e).Elem(), 0)
			before := asMap(t, e)
			content := asMap(t, e.Content())
			if diff := cmp.Diff(before, asMap(t, e)); diff != "" {
				t.Errorf("Content changes the entity itself:\n%s", diff)
			}
			if left := differences("", before, content); !slices.Equal(left, volatile[info.Kind]) {
				t.Errorf("Content leaves out %v, want %v", left, volatile[info.Kind])
			}
		})
	}
}

// fill sets every field of a value to something that is not zero, whatever it is.
func fill(v reflect.Value, depth int) {
	if m, ok := v.Addr().Interface().(interface{ UnmarshalText([]byte) error }); ok {
		if err := m.UnmarshalText([]byte("5.7")); err != nil {
			panic(err)
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), depth+1)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), depth+1)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), depth+1)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		value := reflect.New(v.Type().Elem()).Elem()
		fill(value, depth+1)
		v.SetMapIndex(reflect.ValueOf("code"), value)
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint64:
		v.SetUint(7)
	default:
		v.SetInt(7)
	}
}

func asMap(t *testing.T, e Entity) (m map[string]any) {
	t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// differences lists the paths at which two objects differ, sorted.
func differences(path string, a, b map[string]any) (all []string) {
	for key, x := range a {
		y, at := b[key], strings.TrimPrefix(path+"."+key, ".")
		if xm, ok := x.(map[string]any); ok {
			if ym, ok := y.(map[string]any); ok {
				all = append(all, differences(at, xm, ym)...)
				continue
			}
		}
		if !reflect.DeepEqual(x, y) {
			all = append(all, at)
		}
	}
	slices.Sort(all)
	return all
}

func TestTheHeadersOfAnEvent(t *testing.T) {
	zone := time.FixedZone("summer", 3600)
	e := Event{ID: "invoice:12", Version: change.Version{Epoch: 5, Sequence: 7}, Type: "invoice.created", Source: "shop", Root: "order/7", Time: time.Date(2026, 7, 1, 13, 30, 0, 999, zone)}
	want := []Header{
		{"ce_specversion", "1.0"},
		{"ce_id", "invoice:12@5.7"},
		{"ce_type", "invoice.created"},
		{"ce_source", "/magento/shop"},
		{"ce_subject", "invoice:12"},
		{"ce_time", "2026-07-01T12:30:00Z"},
		{"content-type", "application/json"},
		{"version", "5.7"},
		{"root", "order/7"},
	}
	if diff := cmp.Diff(want, e.Headers()); diff != "" {
		t.Errorf("consumers rely on these (-want +got):\n%s", diff)
	}
}

func TestTheSchemaFieldNamesKindAndMajorVersion(t *testing.T) {
	if got := SchemaName(KindInvoice); got != "mage2sage/invoice/1" {
		t.Errorf("it is %q", got)
	}
}

func TestAStoreIsInItsTimeZone(t *testing.T) {
	for name, c := range map[string]struct {
		store *StoreView
		want  string // "" is an error
	}{
		"its own":                 {&StoreView{Timezone: "Europe/London"}, "Europe/London"},
		"none":                    {&StoreView{}, "UTC"},
		"a store that is unknown": {nil, "UTC"},
		"one that does not exist": {&StoreView{Timezone: "Europe/Londno"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			zone, err := c.store.Location()
			if (err != nil) != (c.want == "") || err == nil && zone.String() != c.want {
				t.Errorf("%v, %v; want %q", zone, err, c.want)
			}
		})
	}
}
