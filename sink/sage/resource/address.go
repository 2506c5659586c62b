package resource

import "encoding/json"

// Address is an address of a contact or of a document.
type Address struct {
	Line1         string `json:"address_line_1,omitempty" sage:"50"`
	Line2         string `json:"address_line_2,omitempty" sage:"50"`
	City          string `json:"city,omitempty" sage:"50"`
	PostalCode    string `json:"postal_code,omitempty" sage:"10,whole"`
	Region        string `json:"region,omitempty" sage:"50"`
	CountryID     string `json:"country_id,omitempty"` // ISO 3166-1 alpha-2
	AddressTypeID string `json:"address_type_id,omitempty"`
}

// Types of addresses.
const (
	AccountsAddress = "ACCOUNTS"
	SalesAddress    = "SALES"
	DeliveryAddress = "DELIVERY"
)

// NewAddress is an address of a contact on its own. A contact has one main address: the
// one that says so last.
type NewAddress struct {
	IdempotencyID string `json:"idempotency_id"`
	ContactID     string `json:"contact_id,omitempty"`
	Name          string `json:"name,omitempty" sage:"50"` // what the address is called, not who lives there
	IsMain        bool   `json:"is_main_address"`
	Address
}

// Body is the body of POST /addresses.
func (n NewAddress) Body() (json.RawMessage, error) { return wrap("address", n) }

// Change is the body of PUT /addresses/{id} with some of the fields.
func (n NewAddress) Change(fields ...string) (json.RawMessage, error) {
	return wrapOnly("address", n, fields)
}

// ContactAddress is Sage's answer for an address of a contact.
type ContactAddress struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Contact   Ref    `json:"contact"`
	Type      Ref    `json:"address_type"`
	IsMain    bool   `json:"is_main_address"`
	DeletedAt string `json:"deleted_at"`
	Content   `json:"-"`
}

// UnmarshalJSON keeps the whole answer besides its fields.
func (a *ContactAddress) UnmarshalJSON(b []byte) error {
	type fields ContactAddress
	return keep(b, (*fields)(a), &a.Content)
}

// ResourceID is Sage's id.
func (a ContactAddress) ResourceID() string { return a.ID }

// AddressRegion is a province or state that an address may name.
type AddressRegion struct {
	ID          string `json:"id"`
	DisplayedAs string `json:"displayed_as"`
	Country     Ref    `json:"country"`
}
