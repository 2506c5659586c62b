package resource

import (
	"encoding/json"
)

// NewContact is a contact as it is sent. Limits count characters.
type NewContact struct {
	IdempotencyID     string     `json:"idempotency_id"`
	Name              string     `json:"name,omitempty"`             // 100
	ContactTypeIDs    []string   `json:"contact_type_ids,omitempty"` // exactly one: CUSTOMER
	Reference         string     `json:"reference,omitempty"`        // 10, unique in the business, reserved after deletion too
	CurrencyID        string     `json:"currency_id,omitempty"`
	TaxNumber         string     `json:"tax_number,omitempty"` // its format is checked
	Notes             string     `json:"notes,omitempty"`      // 4000
	MainAddress       *Address   `json:"main_address,omitempty"`
	DeliveryAddress   *Address   `json:"delivery_address,omitempty"`
	MainContactPerson *NewPerson `json:"main_contact_person,omitempty"`
}

// Address is an address of a contact or of a document. Lines, city and region take
// 50 characters, the postal code 10.
type Address struct {
	Line1         string `json:"address_line_1,omitempty"`
	Line2         string `json:"address_line_2,omitempty"`
	City          string `json:"city,omitempty"`
	PostalCode    string `json:"postal_code,omitempty"`
	Region        string `json:"region,omitempty"`
	CountryID     string `json:"country_id,omitempty"` // ISO 3166-1 alpha-2
	AddressTypeID string `json:"address_type_id,omitempty"`
}

// NewPerson is the main contact person; the contact's e-mail lives here.
type NewPerson struct {
	Name                 string   `json:"name,omitempty"` // 50
	ContactPersonTypeIDs []string `json:"contact_person_type_ids,omitempty"`
	Telephone            string   `json:"telephone,omitempty"` // 50
	Email                string   `json:"email,omitempty"`     // 100
}

// ContactFields are the fields of a contact, each as it is sent: a PUT holds only
// those that changed.
type ContactFields map[string]json.RawMessage

// Fields takes a contact apart; the idempotency id is none.
func (c NewContact) Fields() (ContactFields, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	var fields ContactFields
	if err := json.Unmarshal(text, &fields); err != nil {
		return nil, err
	}
	delete(fields, "idempotency_id")
	return fields, nil
}

// Body is the body of a PUT or POST with these fields.
func (f ContactFields) Body(idempotencyID string) (json.RawMessage, error) {
	all := map[string]any{"idempotency_id": idempotencyID}
	for name, value := range f {
		all[name] = value
	}
	return wrap("contact", all)
}

// Contact is Sage's answer.
type Contact struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Reference string `json:"reference"`
	Currency  Ref    `json:"currency"`
	Content   `json:"-"`
}

// UnmarshalJSON keeps the whole answer besides its fields.
func (c *Contact) UnmarshalJSON(b []byte) error {
	type fields Contact
	return keep(b, (*fields)(c), &c.Content)
}

// ResourceID is Sage's id.
func (c Contact) ResourceID() string { return c.ID }

// SentEmail is the main contact person's e-mail address in the body of a contact; "" where it
// has none.
func SentEmail(body json.RawMessage) string { return sentContact(body).MainContactPerson.Email }

// SentName is the name in the body of a contact.
func SentName(body json.RawMessage) string { return sentContact(body).Name }

type contactHead struct {
	Name              string `json:"name"`
	MainContactPerson struct {
		Email string `json:"email"`
	} `json:"main_contact_person"`
}

// sentContact reads the body of a contact; of one that cannot be read it has nothing.
func sentContact(body json.RawMessage) contactHead {
	var sent struct {
		Contact contactHead `json:"contact"`
	}
	if json.Unmarshal(body, &sent) != nil {
		return contactHead{}
	}
	return sent.Contact
}
