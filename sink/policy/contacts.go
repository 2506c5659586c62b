package policy

import (
	"strings"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// ContactReferenceLength is how many characters Sage allows in a contact's reference.
const ContactReferenceLength = 10

// invoicePrefixLength leaves 13 of the 25 characters that Sage allows in a document's
// reference for Magento's number, which has 9 digits unless a shop changes it.
const invoicePrefixLength = 12

// contactPrefixLength leaves seven digits of the ten characters for the customer's id.
const contactPrefixLength = 3

// Contacts says how contacts and documents are named in Sage.
type Contacts struct {
	// InvoiceNumberPrefix precedes Magento's numbers, ContactPrefix its customer ids.
	// Both are unique per source in a business.
	InvoiceNumberPrefix string `yaml:"invoice_number_prefix,omitempty" json:"invoice_number_prefix,omitempty"`
	ContactPrefix       string `yaml:"contact_prefix" json:"contact_prefix"`
	// CustomerNamePriority says which name a contact gets that has both: Company or
	// Person.
	CustomerNamePriority string `yaml:"customer_name_priority" json:"customer_name_priority"`
}

func defaultContacts() Contacts {
	return Contacts{ContactPrefix: "M", CustomerNamePriority: "Company"}
}

// PersonFirst reports whether a contact that has both names gets the person's.
func (c Contacts) PersonFirst() bool { return c.CustomerNamePriority == "Person" }

func (c Contacts) check() []fault {
	var f faults
	f.when(c.CustomerNamePriority != "Company" && c.CustomerNamePriority != "Person", "customer_name_priority is %q: write Company or Person", c.CustomerNamePriority)
	f.when(len(c.ContactPrefix) > contactPrefixLength || !capitals(c.ContactPrefix), "contact_prefix is %q: write one to three letters", c.ContactPrefix)
	f.when(strings.HasPrefix(c.ContactPrefix, "G"), "contact_prefix is %q: G begins the references of guests", c.ContactPrefix)
	f.when(len(c.InvoiceNumberPrefix) > invoicePrefixLength, "invoice_number_prefix is longer than 12 characters")
	return f
}

func (Contacts) later() []knob           { return nil }
func (Contacts) references() []Reference { return nil }

func capitals(s string) bool {
	for _, c := range s {
		if c < 'A' || c > 'Z' {
			return false
		}
	}
	return s != ""
}

// B2C is the contact of buyers who give no e-mail address.
type B2C struct {
	FallbackContactName      string `yaml:"fallback_contact_name" json:"fallback_contact_name"`
	FallbackContactEmail     string `yaml:"fallback_contact_email,omitempty" json:"fallback_contact_email,omitempty"`
	FallbackContactReference string `yaml:"fallback_contact_reference" json:"fallback_contact_reference"`

	// Refused in this version.
	Enabled                bool         `yaml:"enabled,omitempty" json:"enabled,omitempty"`
	MinTotalForIndividual  money.Amount `yaml:"min_total_for_individual" json:"min_total_for_individual"`
	AlwaysIndividualForB2B bool         `yaml:"always_individual_for_b2b" json:"always_individual_for_b2b"`
}

func defaultB2C() B2C {
	return B2C{FallbackContactName: "Magento Web Sales", FallbackContactReference: "WEBSALES", AlwaysIndividualForB2B: true}
}

func (b B2C) check() []fault {
	var f faults
	ref := b.FallbackContactReference
	f.when(ref == "" || len([]rune(ref)) > ContactReferenceLength, "b2c.fallback_contact_reference is %q: write 1 to 10 characters", ref)
	f.when(b.FallbackContactEmail != "" && !strings.Contains(b.FallbackContactEmail, "@"), "b2c.fallback_contact_email is %q: write an e-mail address", b.FallbackContactEmail)
	return f
}

func (b B2C) later() []knob {
	return []knob{
		{"b2c.enabled", b.Enabled},
		{"b2c.min_total_for_individual", !b.MinTotalForIndividual.IsZero()},
		{"b2c.always_individual_for_b2b", !b.AlwaysIndividualForB2B},
	}
}

func (B2C) references() []Reference { return nil }
