package resource

import (
	"encoding/json"
	"testing"
)

// read decodes an answer of Sage's.
func read[T any](t *testing.T, text string) (out T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestADocumentIsReadFromTextsNumbersAndNull(t *testing.T) {
	const rest = `"id":"i1","displayed_as":"SI-48","reference":"M2I-1","date":"2025-06-01","contact":{"id":"c1","displayed_as":"Ada","$path":"/contacts/c1"},
		"currency":{"id":"GBP","displayed_as":"Pound"},"status":{"id":"UNPAID","displayed_as":"Unpaid"},"links":[{"href":null}],"a_field_of_next_year":{"x":[1]}`
	for name, c := range map[string]struct{ amounts, total, tax, outstanding string }{
		"texts, as the guides show them":    {`"total_amount":"39.2","tax_amount":"6.53","outstanding_amount":"39.2"`, "39.20", "6.53", "39.20"},
		"numbers, as the reference has it":  {`"total_amount":39.2,"tax_amount":6.53,"outstanding_amount":0`, "39.20", "6.53", "0.00"},
		"null and absent fields are zero":   {`"total_amount":null,"tax_amount":"0.0"`, "0.00", "0.00", "0.00"},
		"a negative amount of a correction": {`"total_amount":"-430035.84","tax_amount":"-8.0","outstanding_amount":null`, "-430035.84", "-8.00", "0.00"},
	} {
		t.Run(name, func(t *testing.T) {
			d := read[Document](t, `{`+rest+`,`+c.amounts+`}`)
			if got := [3]string{d.TotalAmount.Fixed(2), d.TaxAmount.Fixed(2), d.Outstanding.Fixed(2)}; got != [3]string{c.total, c.tax, c.outstanding} {
				t.Errorf("read total, tax, outstanding %v", got)
			}
			if d.ResourceID() != "i1" || d.DisplayedAs != "SI-48" || d.Contact.ID != "c1" || d.Status.ID != "UNPAID" || d.Currency.ID != "GBP" || d.Date != "2025-06-01" {
				t.Errorf("read %+v", d)
			}
		})
	}
}

func TestEveryOtherAnswerIsReadByItsNames(t *testing.T) {
	t.Run("a contact", func(t *testing.T) {
		got := read[Contact](t, `{"id":"c1","name":"Ada","reference":"M2C-17","currency":{"id":"EUR"},"deleted_at":null}`)
		if got.ResourceID() != "c1" || got.Name != "Ada" || got.Reference != "M2C-17" || got.Currency.ID != "EUR" {
			t.Errorf("read %+v", got)
		}
	})
	t.Run("a payment", func(t *testing.T) {
		got := read[Payment](t, `{"id":"p1","displayed_as":"Receipt","total_amount":"39.2","payment_on_account":null}`)
		if got.ResourceID() != "p1" || got.DisplayedAs != "Receipt" || got.TotalAmount.Fixed(2) != "39.20" {
			t.Errorf("read %+v", got)
		}
	})
	t.Run("a business", func(t *testing.T) {
		if got := read[Business](t, `{"id":"b1","displayed_as":"Demo Shop Ltd","$path":"/businesses/b1"}`); got != (Business{"b1", "Demo Shop Ltd"}) {
			t.Errorf("read %+v", got)
		}
	})
	t.Run("the user", func(t *testing.T) {
		if got := read[User](t, `{"id":"u1","displayed_as":"Ada"}`); got != (User{"u1", "Ada"}) {
			t.Errorf("read %+v", got)
		}
	})
	t.Run("the financial settings", func(t *testing.T) {
		got := read[FinancialSettings](t, `{"base_currency":{"id":"GBP"},"multi_currency_enabled":true,"use_live_exchange_rates":null,"accounts_start_date":"2020-01-01","year_end_lockdown_date":"2024-12-31"}`)
		want := FinancialSettings{Ref{ID: "GBP"}, true, false, "2020-01-01", "2024-12-31"}
		if got != want {
			t.Errorf("read %+v, want %+v", got, want)
		}
	})
	t.Run("a tax rate", func(t *testing.T) {
		got := read[TaxRate](t, `{"id":"GB_STANDARD","displayed_as":"Standard 20.00%","percentage":"20.0"}`)
		if got.ID != "GB_STANDARD" || got.DisplayedAs != "Standard 20.00%" || got.Percentage.Fixed(2) != "20.00" {
			t.Errorf("read %+v", got)
		}
	})
}
