package resource

import (
	"encoding/json"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// NewLine is one line of an invoice, a credit note, an estimate or a quote. Sage rounds the unit price to
// two places, takes quantity × price − discount as the line's net, and keeps the
// tax that it is sent.
type NewLine struct {
	Description     string        `json:"description" sage:"200"` // Sage documents no limit
	LedgerAccountID string        `json:"ledger_account_id"`
	ProductID       string        `json:"product_id,omitempty"` // a product or a stock item, whose stock it changes
	ServiceID       string        `json:"service_id,omitempty"`
	Quantity        money.Amount  `json:"quantity"`
	UnitPrice       money.Amount  `json:"unit_price"` // without tax
	DiscountAmount  *money.Amount `json:"discount_amount,omitempty"`
	TaxRateID       string        `json:"tax_rate_id"`
	TaxAmount       money.Amount  `json:"tax_amount"`
}

// DocumentHead is what invoices and credit notes share on the way out.
type DocumentHead struct {
	IdempotencyID   string        `json:"idempotency_id"`
	ContactID       string        `json:"contact_id"`
	Date            string        `json:"date"` // YYYY-MM-DD
	Reference       string        `json:"reference,omitempty" sage:"25,exact"`
	Notes           string        `json:"notes,omitempty" sage:"2000,lines"`
	CurrencyID      string        `json:"currency_id"`
	ExchangeRate    *money.Amount `json:"exchange_rate,omitempty"` // base units per unit of the currency
	MainAddress     *Address      `json:"main_address,omitempty"`
	DeliveryAddress *Address      `json:"delivery_address,omitempty"` // left out, Sage copies the main address into it
}

// Document is Sage's answer for an invoice or credit note. Amounts include
// shipping; numbers come as decimal strings.
type Document struct {
	ID          string       `json:"id"`
	DisplayedAs string       `json:"displayed_as"` // Sage's number, SI-48
	Reference   string       `json:"reference"`
	Date        string       `json:"date"`
	Contact     Ref          `json:"contact"`
	Currency    Ref          `json:"currency"`
	Status      Ref          `json:"status"` // UNPAID PART_PAID PAID VOID
	NetAmount   money.Amount `json:"net_amount"`
	TaxAmount   money.Amount `json:"tax_amount"`
	TotalAmount money.Amount `json:"total_amount"`
	Outstanding money.Amount `json:"outstanding_amount"`
	BaseTotal   money.Amount `json:"base_currency_total_amount"`
	Content     `json:"-"`
}

// Void is the status of a document that was taken back at Sage.
const Void = "VOID"

// Unpaid is the status of a document of which nothing is paid or allocated.
const Unpaid = "UNPAID"

// A VoidReason says why a document is taken back.
type VoidReason struct {
	Text string `json:"void_reason" sage:"200"`
}

// Body is the body of a DELETE that voids.
func (v VoidReason) Body() (json.RawMessage, error) {
	fitted, err := fit(v)
	if err != nil {
		return nil, err
	}
	return json.Marshal(fitted)
}

// UnmarshalJSON keeps the whole answer besides its fields.
func (d *Document) UnmarshalJSON(b []byte) error {
	type fields Document
	return keep(b, (*fields)(d), &d.Content)
}

// ResourceID is Sage's id.
func (d Document) ResourceID() string { return d.ID }

// SentHead is what the body of a document, a payment or an allocation says of it: the id of its
// contact, its date, its currency; "" for what it does not say.
func SentHead(body json.RawMessage) (contact, date, currency string) {
	var wrapped map[string]json.RawMessage
	if json.Unmarshal(body, &wrapped) != nil {
		return "", "", ""
	}
	var head struct {
		ContactID  string `json:"contact_id"`
		Date       string `json:"date"`
		CurrencyID string `json:"currency_id"`
	}
	for _, sent := range wrapped {
		_ = json.Unmarshal(sent, &head) // what cannot be read says nothing
	}
	return head.ContactID, head.Date, head.CurrencyID
}
