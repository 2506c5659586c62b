package sage

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
)

// A scene is where the walk makes its calls: a client, and the ids of what was made so far.
type scene struct {
	t      *testing.T
	client *Client
	ids    map[string]string
	sent   json.RawMessage // the body of the last create or change
}

// at is the id of what was made under a name; where nothing was, the name is its own id. What the
// simulator has before anything is made, such as accounts, has its id for a name.
func (s *scene) at(name string) string {
	if id, ok := s.ids[name]; ok {
		return id
	}
	return name
}

// differs names what Sage has otherwise than the last create or change has sent it.
func (s *scene) differs(answer any) []string {
	whole, ok := answer.(interface {
		Differences(json.RawMessage, ...string) []string
	})
	if !ok || s.sent == nil {
		return nil
	}
	return whole.Differences(s.sent)
}

// permit is one for a call of a class.
func (s *scene) permit(class Class) *Permit {
	s.t.Helper()
	p, err := s.client.Admit(s.t.Context(), class)
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

// A step is one method of the client: what it asks, and the call.
type step struct {
	method string // "Permit.CreateContact"
	want   string // "POST /v3.1/contacts", ids being their names
	do     func(context.Context, *scene) (any, error)
}

// reference is that of everything that the walk makes, and the item code.
const reference = "W-1"

// awful is a text as shops have them: longer than any limit, with entities and control characters.
var awful = "Caf&eacute; &amp;amp; B\x00\u0007ar\n" + strings.Repeat("é", 5000)

var (
	today    = "2026-03-16"
	later    = "2026-04-16"
	address  = resource.Address{Line1: awful, Line2: awful, City: awful, Region: awful, PostalCode: awful, CountryID: "GB", AddressTypeID: "SALES"}
	somebody = resource.NewPerson{Name: awful, ContactPersonTypeIDs: []string{"SALES"}, Telephone: awful, Email: "ada@example.test"}
)

// key gives each write an idempotency id of its own.
func (s *scene) key(name string) string { return chart.ID("walk "+s.at(reference), name) }

func lines(s *scene) []resource.NewLine {
	return []resource.NewLine{{Description: awful, LedgerAccountID: s.at(chart.Sales), Quantity: money.FromInt(1), UnitPrice: money.MustParse("10.00"), TaxRateID: s.at("GB_ZERO")}}
}

func head(s *scene, name string) resource.DocumentHead {
	return resource.DocumentHead{IdempotencyID: s.key(name), ContactID: s.at("contact"), Date: s.at(today), Reference: s.at(reference), Notes: awful, CurrencyID: s.at("GBP"), MainAddress: &address}
}

func goods(s *scene, name string) resource.ItemHead {
	cost := money.MustParse("4.20")
	return resource.ItemHead{IdempotencyID: s.key(name), Description: awful, Notes: awful, SalesLedgerAccountID: s.at(chart.Sales), PurchaseLedgerAccountID: s.at(chart.Account(5000)), SalesTaxRateID: s.at("GB_STANDARD"), CostPrice: &cost, SourceGUID: "product:1"}
}

// create makes something and keeps its id.
func create[T identified](name string, class Class, body func(*scene) (json.RawMessage, error), post func(*Permit, context.Context, json.RawMessage) (T, error)) func(context.Context, *scene) (any, error) {
	return func(ctx context.Context, s *scene) (any, error) {
		text, err := body(s)
		if err != nil {
			return nil, err
		}
		made, err := post(s.permit(class), ctx, text)
		s.sent = text
		if err == nil && s.ids != nil {
			s.ids[name] = made.ResourceID()
		}
		return made, err
	}
}

func change[T identified](name string, class Class, body func(*scene) (json.RawMessage, error), put func(*Permit, context.Context, string, json.RawMessage) (T, error)) func(context.Context, *scene) (any, error) {
	return func(ctx context.Context, s *scene) (any, error) {
		text, err := body(s)
		if err != nil {
			return nil, err
		}
		s.sent = text
		return put(s.permit(class), ctx, s.at(name), text)
	}
}

func remove(name string, class Class, del func(*Permit, context.Context, string) error) func(context.Context, *scene) (any, error) {
	return func(ctx context.Context, s *scene) (any, error) {
		return nil, del(s.permit(class), ctx, s.at(name))
	}
}

func get[T any](name string, read func(*Client, context.Context, string) (T, error)) func(context.Context, *scene) (any, error) {
	return func(ctx context.Context, s *scene) (any, error) { return read(s.client, ctx, s.at(name)) }
}

func find[T any](search func(*Client, context.Context, string) ([]T, error)) func(context.Context, *scene) (any, error) {
	return func(ctx context.Context, s *scene) (any, error) { return search(s.client, ctx, s.at(reference)) }
}

func all[T any](list func(*Client, context.Context) (T, error)) func(context.Context, *scene) (any, error) {
	return func(ctx context.Context, s *scene) (any, error) { return list(s.client, ctx) }
}

func since[T any](changes func(*Client, context.Context, time.Time) (Changes[T], error)) func(context.Context, *scene) (any, error) {
	return func(ctx context.Context, s *scene) (any, error) {
		return changes(s.client, ctx, moment)
	}
}

// moment is a time in another zone than UTC.
var moment = time.Date(2026, 3, 16, 10, 0, 0, 0, time.FixedZone("CET", 3600))

// infrastructure are the methods that make no call of their own.
var infrastructure = []string{"Client.Admit", "Client.AdmitAs", "Client.As", "Client.NeedsProbe", "Client.Probe", "Client.RetryNow", "Client.Close", "Client.HoldsLease", "Permit.Release"}

func TestTheWalkHasEveryMethodOnce(t *testing.T) {
	seen := map[string]int{}
	for _, s := range walk {
		seen[s.method]++
	}
	for _, of := range []reflect.Type{reflect.TypeFor[*Client](), reflect.TypeFor[*Permit]()} {
		for i := range of.NumMethod() {
			name := of.Elem().Name() + "." + of.Method(i).Name
			if slices.Contains(infrastructure, name) {
				continue
			}
			if seen[name] != 1 {
				t.Errorf("%s is in the walk %d times: give it a row in walk_rows_test.go, so that it is held to what holds of every call", name, seen[name])
			}
			delete(seen, name)
		}
	}
	if len(seen) > 0 {
		t.Errorf("the walk has methods that there are not: %v", slices.Sorted(maps.Keys(seen)))
	}
}
