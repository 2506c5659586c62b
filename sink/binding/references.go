package binding

import (
	"context"
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

// checkReferences compares the ids of a policy with the business: one that is not there
// would be found only when the first document is refused.
func checkReferences(ctx context.Context, l referenceLister, all []policy.Reference) error {
	known, err := listed(ctx, l)
	if err != nil {
		return err
	}
	for _, r := range all {
		ids, ok := known[r.Kind]
		switch {
		case !ok:
			return fmt.Errorf("policy: %s takes its id from %q, a list that nothing reads", r.Knob, r.Kind)
		case !ids[r.ID]:
			return fmt.Errorf("policy: %s names %s, which this business has not: correct it, import the binding, then connect again", r.Knob, r.ID)
		}
	}
	return nil
}

// listed are the ids of a business by the kind of reference.
func listed(ctx context.Context, l referenceLister) (map[policy.ReferenceKind]map[string]bool, error) {
	rates, err := l.TaxRates(ctx)
	if err != nil {
		return nil, err
	}
	accounts, err := l.LedgerAccounts(ctx)
	if err != nil {
		return nil, err
	}
	banks, err := l.BankAccounts(ctx)
	if err != nil {
		return nil, err
	}
	return map[policy.ReferenceKind]map[string]bool{
		policy.TaxRate:       idsOf(rates, func(r resource.TaxRate) string { return r.ID }),
		policy.LedgerAccount: idsOf(accounts, func(r resource.Ref) string { return r.ID }),
		policy.BankAccount:   idsOf(banks, func(r resource.Ref) string { return r.ID }),
	}, nil
}

func idsOf[T any](all []T, id func(T) string) map[string]bool {
	ids := map[string]bool{}
	for _, r := range all {
		ids[id(r)] = true
	}
	return ids
}
