package simulator_test

import (
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// address makes one address of a contact.
func (w *world) address(contact, name, more string) reply {
	w.t.Helper()
	return w.do("POST", "/addresses", `{"address":{"contact_id":"`+contact+`","name":"`+name+`","address_type_id":"SALES","city":"York","country_id":"GB"`+more+`}}`)
}

// person makes one person at an address.
func (w *world) person(address, name, more string) reply {
	w.t.Helper()
	return w.do("POST", "/contact_persons", `{"contact_person":{"address_id":"`+address+`","name":"`+name+`","contact_person_type_ids":["SALES"]`+more+`}}`)
}

func TestAContactsOwnAddressAndPersonAreInTheirLists(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	id := w.customer("M1", "GBP")
	all := w.ok(200, w.do("GET", "/addresses?contact_id="+id+"&attributes=all", ""))
	w.shows(all, map[string]any{"$total": 1.0, "$items.0.name": "Main Address", "$items.0.is_main_address": true, "$items.0.city": "Leeds",
		"$items.0.country.id": "GB", "$items.0.contact.id": id, "$items.0.address_type.id": "ACCOUNTS"})
	main := all.str("$items.0.id")
	w.shows(w.ok(200, w.do("GET", "/contacts/"+id, "")), map[string]any{"main_address.id": main})
	w.shows(w.ok(200, w.do("GET", "/contact_persons?contact_id="+id+"&attributes=all", "")), map[string]any{
		"$total": 1.0, "$items.0.name": "Ada Example", "$items.0.email": "m1@example.test", "$items.0.is_main_contact": true, "$items.0.address.id": main})

	w.ok(200, w.do("PUT", "/contacts/"+id, `{"contact":{"main_address":{"city":"Hull"},"main_contact_person":{"email":"new@example.test"}}}`))
	w.shows(w.ok(200, w.do("GET", "/addresses/"+main, "")), map[string]any{"city": "Hull", "postal_code": "LS1 1AA"})
	w.shows(w.ok(200, w.do("GET", "/contact_persons?address_id="+main+"&attributes=email", "")), map[string]any{"$total": 1.0, "$items.0.email": "new@example.test"})
}

func TestAContactHasOneMainAddress(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	id := w.customer("M1", "GBP")
	first := w.do("GET", "/addresses?contact_id="+id, "").str("$items.0.id")
	second := w.ok(201, w.address(id, "Shop", `,"is_main_address":false`)).str("id")
	w.refused(w.do("DELETE", "/addresses/"+first, ""), 422, "RecordInvalid", "main address", "base")
	w.refused(w.do("PUT", "/addresses/"+first, `{"address":{"is_main_address":false}}`), 422, "RecordInvalid", "another address", "is_main_address")
	w.ok(200, w.do("PUT", "/addresses/"+second, `{"address":{"is_main_address":true,"city":"Bath"}}`))
	w.shows(w.do("GET", "/addresses/"+first, ""), map[string]any{"is_main_address": false})
	w.shows(w.do("GET", "/contacts/"+id, ""), map[string]any{"main_address.id": second, "main_address.city": "Bath"})
	w.refused(w.do("DELETE", "/addresses/"+first, ""), 422, "RecordInvalid", "contact persons", "base")
	w.ok(200, w.do("PUT", "/contact_persons/"+w.do("GET", "/contact_persons?address_id="+first, "").str("$items.0.id"), `{"contact_person":{"address_id":"`+second+`"}}`))
	w.ok(204, w.do("DELETE", "/addresses/"+first, ""))
	w.refused(w.do("GET", "/addresses/"+first, ""), 404, "RecordNotFound", "", "")
	w.shows(w.do("GET", "/addresses?deleted_since=2026-03-16T00:00:00Z", ""), map[string]any{"$total": 1.0, "$items.0.id": first})
}

func TestADeliveryAddressIsThatOfTheContact(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	id := w.customer("M1", "GBP")
	delivery := w.ok(201, w.do("POST", "/addresses", `{"address":{"contact_id":"`+id+`","name":"Depot","address_type_id":"DELIVERY","is_main_address":false,"city":"Hull"}}`)).str("id")
	w.shows(w.do("GET", "/contacts/"+id, ""), map[string]any{"delivery_address.id": delivery, "delivery_address.city": "Hull", "delivery_address.is_main_address": false})
	w.ok(204, w.do("DELETE", "/addresses/"+delivery, ""))
	w.shows(w.do("GET", "/contacts/"+id, ""), map[string]any{"delivery_address": nil})
}

func TestAContactHasOneMainPersonWhoseEMailIsItsOwn(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	id := w.customer("M1", "GBP")
	address := w.do("GET", "/addresses?contact_id="+id, "").str("$items.0.id")
	first := w.do("GET", "/contact_persons?contact_id="+id, "").str("$items.0.id")
	second := w.ok(201, w.person(address, "Bob", `,"email":"bob@example.test","is_main_contact":true`)).str("id")
	w.shows(w.do("GET", "/contacts/"+id, ""), map[string]any{"email": "bob@example.test", "main_contact_person.id": second})
	w.shows(w.do("GET", "/contact_persons/"+first, ""), map[string]any{"is_main_contact": false})
	w.refused(w.do("DELETE", "/contact_persons/"+second, ""), 422, "RecordInvalid", "main contact", "base")
	w.ok(204, w.do("DELETE", "/contact_persons/"+first, ""))
	w.ok(204, w.do("DELETE", "/contact_persons/"+second, ""))
	w.shows(w.do("GET", "/contacts/"+id, ""), map[string]any{"email": nil, "main_contact_person": nil})
}

func TestWhatIsDeletedWithItsContact(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	id := w.customer("M1", "GBP")
	address, person := w.do("GET", "/addresses?contact_id="+id, "").str("$items.0.id"), w.do("GET", "/contact_persons?contact_id="+id, "").str("$items.0.id")
	w.ok(204, w.do("DELETE", "/contacts/"+id, ""))
	w.ok(404, w.do("GET", "/addresses/"+address, ""))
	w.ok(404, w.do("GET", "/contact_persons/"+person, ""))
}

func TestAddressesAndPersonsThatAreRefused(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	id := w.customer("M1", "GBP")
	address := w.do("GET", "/addresses?contact_id="+id, "").str("$items.0.id")
	other := w.customer("M2", "GBP")
	elsewhere := w.do("GET", "/addresses?contact_id="+other, "").str("$items.0.id")
	person := w.do("GET", "/contact_persons?contact_id="+id, "").str("$items.0.id")
	for name, c := range map[string]struct {
		reply                 reply
		status                int
		code, message, source string
	}{
		"an address of nobody":                   {w.address("none", "Shop", `,"is_main_address":false`), 404, "RecordNotFound", "", "contact_id"},
		"an address that does not say its place": {w.address(id, "Shop", ""), 422, "RecordInvalid", "required", "is_main_address"},
		"a name of 51 characters":                {w.address(id, strings.Repeat("ü", 51), `,"is_main_address":false`), 422, "RecordInvalid", "maximum is 50", "name"},
		"a country that there is not":            {w.address(id, "Shop", `,"is_main_address":false,"country_id":"XX"`), 404, "RecordNotFound", "", "country_id"},
		"an address that moves to a contact":     {w.do("PUT", "/addresses/"+address, `{"address":{"contact_id":"`+other+`"}}`), 422, "RecordInvalid", "cannot be changed", "contact_id"},
		"a person at no address":                 {w.person("none", "Bob", ""), 404, "RecordNotFound", "", "address_id"},
		"a person of no type":                    {w.do("POST", "/contact_persons", `{"contact_person":{"address_id":"`+address+`","name":"Bob"}}`), 422, "RecordInvalid", "required", "contact_person_type_ids"},
		"a person of a type that there is not":   {w.person(address, "Bob", `,"contact_person_type_ids":["BOSS"]`), 404, "RecordNotFound", "", "contact_person_type_ids"},
		"a person who moves to another contact":  {w.do("PUT", "/contact_persons/"+person, `{"contact_person":{"address_id":"`+elsewhere+`"}}`), 422, "RecordInvalid", "another contact", "address_id"},
		"the main person who no longer is":       {w.do("PUT", "/contact_persons/"+person, `{"contact_person":{"is_main_contact":false}}`), 422, "RecordInvalid", "another person", "is_main_contact"},
	} {
		t.Run(name, func(t *testing.T) {
			w := &world{t: t}
			w.refused(c.reply, c.status, c.code, c.message, c.source)
		})
	}
}

func TestStrictRegionsWantTheirCodes(t *testing.T) {
	for name, c := range map[string]struct {
		strict          bool
		country, region string
		want            int
	}{
		"a province by its letters":       {true, "CA", "ON", 201},
		"a province by its name":          {true, "CA", "Ontario", 422},
		"a state by its code":             {true, "US", "US-CA", 201},
		"a state by its letters":          {true, "US", "CA", 422},
		"a county is free text":           {true, "GB", "West Yorkshire", 201},
		"any text where nobody is strict": {false, "CA", "Ontario", 201},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, simulator.Options{Rules: books.Rules{StrictRegions: c.strict}})
			r := w.do("POST", "/contacts", `{"contact":{"name":"Ada","contact_type_ids":["CUSTOMER"],"main_address":{"city":"X","country_id":"`+c.country+`","region":"`+c.region+`"}}}`)
			if w.ok(c.want, r); c.want == 422 {
				w.refused(r, 422, "RecordInvalid", "not included", "main_address.region")
			}
		})
	}
}

func TestRegionsAreListedByCountry(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	w.shows(w.ok(200, w.do("GET", "/address_regions?country_id=CA", "")), map[string]any{"$total": 13.0, "$items.0.displayed_as": "Alberta"})
	w.shows(w.ok(200, w.do("GET", "/address_regions/US-CA", "")), map[string]any{"country.id": "US", "displayed_as": "California"})
}

func TestDeletedThingsAreShownByTheirSwitch(t *testing.T) {
	for _, show := range []bool{true, false} {
		w := newWorld(t, simulator.Options{ShowDeleted: show})
		id := w.customer("M1", "GBP")
		invoice := w.ok(201, w.invoice(sale{contact: w.customer("M2", "GBP"), more: `,"status_id":"DRAFT"`, lines: []string{line("1", "1", "0.2")}})).str("id")
		payment := w.ok(201, w.pay(transfer{contact: w.customer("M3", "GBP"), total: "10"})).str("id")
		for _, path := range []string{"/contacts/" + id, "/sales_invoices/" + invoice, "/contact_payments/" + payment} {
			w.do("DELETE", path, "")
			if r := w.do("GET", path, ""); show && (r.status != 200 || r.str("deleted_at") != "2026-03-16T09:30:00Z") || !show && r.status != 404 {
				t.Errorf("%s with ShowDeleted %v answers %d, deleted_at %q", path, show, r.status, r.str("deleted_at"))
			}
			w.ok(404, w.do("DELETE", path, ""))
		}
	}
}
