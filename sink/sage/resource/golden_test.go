package resource

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/money"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a body with the file of that name, indented for the reader.
func golden(t *testing.T, name string, body json.RawMessage) {
	t.Helper()
	var got bytes.Buffer
	if err := json.Indent(&got, body, "", "  "); err != nil {
		t.Fatalf("the body is not JSON: %v", err)
	}
	got.WriteByte('\n')
	file := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("the body is not that of %s any more:\n%s", file, got.Bytes())
	}
}

func amount(s string) *money.Amount {
	a := money.MustParse(s)
	return &a
}

var (
	home = &Address{Line1: "Ada Example", Line2: "1 Sample Street", City: "Bristol", PostalCode: "BS1 1AA", Region: "Avon", CountryID: "GB"}
	head = DocumentHead{
		IdempotencyID: "0f3a6c1de4b24f0f9a7c55d0c1b2a3e4", ContactID: "contact1", Date: "2025-06-01", Reference: "M2I-000000123",
		Notes: "Order 000000042", CurrencyID: "EUR", ExchangeRate: amount("0.8551"), MainAddress: home, DeliveryAddress: home,
	}
	mug = NewLine{
		Description: "Blue mug", LedgerAccountID: "account4000", Quantity: money.FromInt(3), UnitPrice: money.MustParse("10.00"),
		DiscountAmount: amount("1.50"), TaxRateID: "GB_STANDARD", TaxAmount: money.MustParse("5.70"),
	}
	carriage = NewLine{
		Description: "Shipping", LedgerAccountID: "account4905", Quantity: money.FromInt(1), UnitPrice: money.MustParse("4.17"),
		TaxRateID: "GB_STANDARD", TaxAmount: money.MustParse("0.83"),
	}
	ada = NewContact{
		IdempotencyID: "0f3a6c1de4b24f0f9a7c55d0c1b2a3e4", Name: "Ada Example", ContactTypeIDs: []string{"CUSTOMER"}, Reference: "M2C-17",
		CurrencyID: "GBP", TaxNumber: "GB123456789", Notes: "Customer 17", MainAddress: home,
		DeliveryAddress:   &Address{Line1: "2 Sample Street", City: "Bristol", CountryID: "GB", AddressTypeID: "DELIVERY"},
		MainContactPerson: &NewPerson{Name: "Ada Example", ContactPersonTypeIDs: []string{"SALES"}, Telephone: "0117 496 0000", Email: "ada@example.test"},
	}
)

// body is what a resource's Body returned.
type body struct {
	json json.RawMessage
	err  error
}

func bodyOf(text json.RawMessage, err error) body { return body{text, err} }

func TestWhatIsSentIsUnderItsSingularNameWithAmountsAsText(t *testing.T) {
	for name, b := range map[string]body{
		"invoice_full": bodyOf(NewInvoice{DocumentHead: head, DueDate: "2025-07-01", OriginalID: "estimate1", Lines: []NewLine{mug, carriage}}.Body()),
		"invoice_least": bodyOf(NewInvoice{
			DocumentHead: DocumentHead{IdempotencyID: "id", ContactID: "contact1", Date: "2025-06-01", CurrencyID: "GBP"}, Lines: []NewLine{carriage},
		}.Body()),
		"credit_note_full": bodyOf(NewCreditNote{head, "2025-05-30", []NewLine{mug}}.Body()),
		"credit_note_least": bodyOf(NewCreditNote{
			DocumentHead: DocumentHead{IdempotencyID: "id", ContactID: "contact1", Date: "2025-06-01", CurrencyID: "GBP"}, Lines: []NewLine{carriage},
		}.Body()),
		"payment_full": bodyOf(NewPayment{
			IdempotencyID: "id", TransactionTypeID: CustomerReceipt, ContactID: "contact1", BankAccountID: "bank1", Date: "2025-06-02",
			TotalAmount: money.MustParse("39.20"), Reference: "M2P-000000123", CurrencyID: "EUR", ExchangeRate: amount("0.8551"),
			AllocatedArtefacts: []Allocation{{"invoice1", money.MustParse("39.20")}},
		}.Body()),
		"payment_least": bodyOf(NewPayment{
			IdempotencyID: "id", TransactionTypeID: CustomerReceipt, ContactID: "contact1", BankAccountID: "bank1", Date: "2025-06-02",
			TotalAmount: money.MustParse("39.20"), CurrencyID: "GBP", AllocatedArtefacts: []Allocation{{"invoice1", money.MustParse("39.20")}},
		}.Body()),
		"contact_full":  contactBody(ada),
		"contact_least": contactBody(NewContact{IdempotencyID: "ignored", Name: "Ada Example", ContactTypeIDs: []string{"CUSTOMER"}}),
	} {
		t.Run(name, func(t *testing.T) {
			if b.err != nil {
				t.Fatal(b.err)
			}
			golden(t, name, b.json)
		})
	}
}

func contactBody(c NewContact) body {
	fields, err := c.Fields()
	if err != nil {
		return body{err: err}
	}
	return bodyOf(fields.Body("0f3a6c1de4b24f0f9a7c55d0c1b2a3e4"))
}

func TestAChangedContactSendsTheChangedFieldsOnly(t *testing.T) {
	fields, err := ada.Fields()
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := fields["idempotency_id"]; ok {
		t.Error("the idempotency id is a field of the contact: each change would seem to change it")
	}
	changed := ContactFields{"tax_number": fields["tax_number"], "main_address": fields["main_address"]}
	text, err := changed.Body("another")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "contact_change", text)
}

func TestAFieldThatIsNotJSONMakesNoBody(t *testing.T) {
	if text, err := (ContactFields{"name": json.RawMessage(`"cut`)}).Body("id"); err == nil {
		t.Errorf("made %s", text)
	}
}
