package resource

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// kept are the fields of a body that say nothing of a person, and that somebody may ask for once the
// call has ended: ids, references, amounts, dates.
var kept = map[string]bool{
	"contact": true, "sales_invoice": true, "sales_credit_note": true, "contact_payment": true, "contact_allocation": true,
	"invoice_lines": true, "credit_note_lines": true, "allocated_artefacts": true,

	"idempotency_id": true, "contact_id": true, "contact_type_ids": true, "currency_id": true, "ledger_account_id": true, "tax_rate_id": true,
	"bank_account_id": true, "transaction_type_id": true, "artefact_id": true, "reference": true, "date": true, "original_invoice_date": true,
	"exchange_rate": true, "quantity": true, "unit_price": true, "discount_amount": true, "tax_amount": true, "total_amount": true, "amount": true, "void_reason": true,
}

// WithoutPerson is the body of a call that has ended, without what it says of a person. Of a VAT number
// stays a digest, by which Sage's refusal of that number is remembered.
func WithoutPerson(body json.RawMessage) (json.RawMessage, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var all any
	if err := d.Decode(&all); err != nil {
		return nil, err
	}
	return json.Marshal(withoutPerson(all))
}

func withoutPerson(v any) any {
	switch value := v.(type) {
	case map[string]any:
		out := map[string]any{}
		for name, one := range value {
			switch {
			case name == taxNumber:
				text, _ := one.(string)
				out[name] = taxNumberDigest(text)
			case kept[name]:
				out[name] = withoutPerson(one)
			}
		}
		return out
	case []any:
		for n := range value {
			value[n] = withoutPerson(value[n])
		}
	}
	return v
}

const taxNumber = "tax_number"

// taxNumberDigest stands in the place of a VAT number; again of a digest it is the same.
func taxNumberDigest(number string) string {
	const mark = "sha256:"
	if len(number) > len(mark) && number[:len(mark)] == mark {
		return number
	}
	sum := sha256.Sum256([]byte(number))
	return mark + hex.EncodeToString(sum[:12])
}

// SentTaxNumber reports whether the body of a contact has a VAT number, or the digest of it.
func SentTaxNumber(body json.RawMessage, number string) bool {
	var sent struct {
		Contact struct {
			TaxNumber string `json:"tax_number"`
		} `json:"contact"`
	}
	if number == "" || json.Unmarshal(body, &sent) != nil {
		return false
	}
	return sent.Contact.TaxNumber == number || sent.Contact.TaxNumber == taxNumberDigest(number)
}
