package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// A Policy is all knobs of a binding.
type Policy struct {
	Scope    `yaml:",inline"`
	Accounts `yaml:",inline"`
	Tax      `yaml:",inline"`
	Payments `yaml:",inline"`
	Contacts `yaml:",inline"`
	Totals   `yaml:",inline"`
	// B2C names the contact of buyers without an e-mail address.
	B2C      B2C `yaml:"b2c" json:"b2c"`
	Dates    `yaml:",inline"`
	Products `yaml:",inline"`
}

// Default is what a policy is where it says nothing.
func Default() Policy {
	return Policy{Scope: defaultScope(), Tax: defaultTax(), Payments: defaultPayments(), Contacts: defaultContacts(), Totals: defaultTotals(), B2C: defaultB2C()}
}

// Read reads a policy as it is kept with its binding.
func Read(text json.RawMessage) (Policy, error) {
	p := Default()
	if err := json.Unmarshal(text, &p); err != nil {
		return p, fmt.Errorf("read policy: %w", err)
	}
	return p, nil
}

// Normalize brings the keys of the tax map into the form that documents have.
func (p Policy) Normalize() Policy {
	p.Tax = p.Tax.normalize()
	return p
}

// A group is a part of the policy.
type group interface {
	// check lists what is wrong, in the order of the fields.
	check() []fault
	// later lists the knobs that this version refuses.
	later() []knob
	// references lists the ids that the group takes from Sage.
	references() []Reference
}

func (p Policy) groups() []group {
	return []group{p.Scope, p.Accounts, p.Tax, p.Payments, p.Contacts, p.Totals, p.B2C, p.Dates, p.Products}
}

// Validate lists everything that is wrong, each with the knob to correct, in the order
// of the groups. A knob that this version does not act on is refused: accepted in
// silence, it would be believed.
func (p Policy) Validate() error {
	var wrong, refused []error
	for _, g := range p.groups() {
		for _, f := range g.check() {
			wrong = append(wrong, errors.New("policy: "+string(f)))
		}
		for _, k := range g.later() {
			if k.isSet {
				refused = append(refused, fmt.Errorf("policy: %s is not in this version yet: leave it out", k.name))
			}
		}
	}
	return errors.Join(slices.Concat(wrong, refused)...)
}

// References lists the ids that the policy takes from Sage, in the order of the groups.
func (p Policy) References() (all []Reference) {
	for _, g := range p.groups() {
		all = append(all, g.references()...)
	}
	return slices.DeleteFunc(all, func(r Reference) bool { return r.ID == "" })
}

// A Reference is an id that a knob takes from Sage.
type Reference struct {
	Knob string // as people write it: tax_rate_map "20.00"
	ID   string
	Kind ReferenceKind
}

// A ReferenceKind says of which list of Sage's an id has to be.
type ReferenceKind string

// The kinds of references.
const (
	LedgerAccount ReferenceKind = "ledger account"
	TaxRate       ReferenceKind = "tax rate"
	BankAccount   ReferenceKind = "bank account"
)

// A fault is one thing that is wrong, in the operator's words.
type fault string

// faults collects what is wrong.
type faults []fault

func (f *faults) when(bad bool, format string, args ...any) {
	if bad {
		*f = append(*f, fault(fmt.Sprintf(format, args...)))
	}
}

// A knob is one that this version refuses when it is set.
type knob struct {
	name  string
	isSet bool
}
