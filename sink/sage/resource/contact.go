package resource

import (
	"encoding/json"
)

// NewContact is a contact as it is sent.
type NewContact struct {
	IdempotencyID     string     `json:"idempotency_id"`
	Name              string     `json:"name,omitempty" sage:"100"`
	ContactTypeIDs    []string   `json:"contact_type_ids,omitempty"`          // exactly one: CUSTOMER
	Reference         string     `json:"reference,omitempty" sage:"10,exact"` // unique in the business, reserved after deletion too
	CurrencyID        string     `json:"currency_id,omitempty"`
	TaxNumber         string     `json:"tax_number,omitempty" sage:"255,whole"` // its format is checked
	Notes             string     `json:"notes,omitempty" sage:"4000,lines"`
	MainAddress       *Address   `json:"main_address,omitempty"`
	DeliveryAddress   *Address   `json:"delivery_address,omitempty"`
	MainContactPerson *NewPerson `json:"main_contact_person,omitempty"`
}

// ContactFields are the fields of a contact, each as it is sent: a PUT holds only
// those that changed.
type ContactFields map[string]json.RawMessage

// Fields takes a contact apart; the idempotency id is none.
func (c NewContact) Fields() (ContactFields, error) {
	fitted, err := fit(c)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(fitted)
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
