package resource

import "encoding/json"

// NewPerson is the main contact person; the contact's e-mail lives here.
type NewPerson struct {
	Name                 string   `json:"name,omitempty" sage:"50"`
	ContactPersonTypeIDs []string `json:"contact_person_type_ids,omitempty"`
	Telephone            string   `json:"telephone,omitempty" sage:"50,whole"`
	Email                string   `json:"email,omitempty" sage:"100,whole"`
}

// NewContactPerson is a person at one of a contact's addresses on its own. A contact has
// one main contact: the one that says so last.
type NewContactPerson struct {
	IdempotencyID string `json:"idempotency_id"`
	AddressID     string `json:"address_id,omitempty"`
	NewPerson
	JobTitle string `json:"job_title,omitempty" sage:"50"`
	Mobile   string `json:"mobile,omitempty" sage:"50,whole"`
	Fax      string `json:"fax,omitempty" sage:"50,whole"`
	IsMain   bool   `json:"is_main_contact"`
}

// Body is the body of POST /contact_persons.
func (n NewContactPerson) Body() (json.RawMessage, error) { return wrap("contact_person", n) }

// Change is the body of PUT /contact_persons/{id} with some of the fields.
func (n NewContactPerson) Change(fields ...string) (json.RawMessage, error) {
	return wrapOnly("contact_person", n, fields)
}

// ContactPerson is Sage's answer.
type ContactPerson struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Email     string `json:"email"`
	Address   Ref    `json:"address"`
	IsMain    bool   `json:"is_main_contact"`
	DeletedAt string `json:"deleted_at"`
	Content   `json:"-"`
}

// UnmarshalJSON keeps the whole answer besides its fields.
func (p *ContactPerson) UnmarshalJSON(b []byte) error {
	type fields ContactPerson
	return keep(b, (*fields)(p), &p.Content)
}

// ResourceID is Sage's id.
func (p ContactPerson) ResourceID() string { return p.ID }
