package binding

import (
	"context"
	"errors"
	"fmt"

	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

// A referenceLister reads the lists of a business that a policy takes ids from.
type referenceLister interface {
	TaxRates(ctx context.Context) ([]resource.TaxRate, error)
	LedgerAccounts(ctx context.Context) ([]resource.Ref, error)
	BankAccounts(ctx context.Context) ([]resource.Ref, error)
}

var _ referenceLister = (*sage.Client)(nil)

// A list is one of a business's that a policy takes ids from.
type list struct {
	command string // that shows it
	read    func(context.Context, referenceLister) (ids map[string]bool, err error)
}

// lists has the list of every kind of reference.
var lists = map[policy.ReferenceKind]list{
	policy.TaxRate: {"tax-rates", func(ctx context.Context, l referenceLister) (map[string]bool, error) {
		all, err := l.TaxRates(ctx)
		return idsOf(all, func(r resource.TaxRate) string { return r.ID }), err
	}},
	policy.LedgerAccount: {"accounts", func(ctx context.Context, l referenceLister) (map[string]bool, error) {
		all, err := l.LedgerAccounts(ctx)
		return idsOf(all, func(r resource.Ref) string { return r.ID }), err
	}},
	policy.BankAccount: {"banks", func(ctx context.Context, l referenceLister) (map[string]bool, error) {
		all, err := l.BankAccounts(ctx)
		return idsOf(all, func(r resource.Ref) string { return r.ID }), err
	}},
}

func idsOf[T any](all []T, id func(T) string) map[string]bool {
	ids := map[string]bool{}
	for _, r := range all {
		ids[id(r)] = true
	}
	return ids
}

// An UnlistedError is returned when the ids of a policy could not be compared with the
// business, because a list could not be read.
type UnlistedError struct{ Err error }

func (e *UnlistedError) Error() string { return e.Err.Error() }

// Unwrap returns why.
func (e *UnlistedError) Unwrap() error { return e.Err }

// A WrongIDsError names the ids of a policy that the business does not have.
type WrongIDsError struct{ Err error }

func (e *WrongIDsError) Error() string { return e.Err.Error() }

// Unwrap returns an error for each id.
func (e *WrongIDsError) Unwrap() error { return e.Err }

// CheckReferences compares all ids of a policy with the business of a binding: one that
// is not there would be found only when the first document is refused. The error names
// every wrong id; it is an UnlistedError when a list could not be read.
func CheckReferences(ctx context.Context, l referenceLister, binding string, all []policy.Reference) error {
	known := map[policy.ReferenceKind]map[string]bool{}
	var wrong []error
	for _, r := range all {
		from, ok := lists[r.Kind]
		if !ok {
			return fmt.Errorf("policy: %s takes its id from %q, a list that nothing reads", r.Knob, r.Kind)
		}
		if known[r.Kind] == nil {
			ids, err := from.read(ctx, l)
			if err != nil {
				return &UnlistedError{err}
			}
			known[r.Kind] = ids
		}
		if !known[r.Kind][r.ID] {
			wrong = append(wrong, fmt.Errorf("policy: %s names %s, and the business has no such %s: mage2sage sage %s --binding %s lists them",
				r.Knob, r.ID, r.Kind, from.command, binding))
		}
	}
	if wrong != nil {
		return &WrongIDsError{errors.Join(wrong...)}
	}
	return nil
}
