package postgres

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// scanAmounts lets a connection read numeric columns into money.Amount, exactly.
func scanAmounts(m *pgtype.Map) {
	m.TryWrapScanPlanFuncs = append([]pgtype.TryWrapScanPlanFunc{wrapAmount}, m.TryWrapScanPlanFuncs...)
}

// wrapAmount reads a numeric through a type that pgx knows how to fill.
func wrapAmount(target any) (plan pgtype.WrappedScanPlanNextSetter, next any, ok bool) {
	a, ok := target.(*money.Amount)
	if !ok {
		return nil, nil, false
	}
	return &amountPlan{}, (*amountScanner)(a), true
}

type amountPlan struct{ next pgtype.ScanPlan }

func (p *amountPlan) SetNext(next pgtype.ScanPlan) { p.next = next }

func (p *amountPlan) Scan(src []byte, dst any) error {
	a, ok := dst.(*money.Amount)
	if !ok {
		return fmt.Errorf("scan an amount into %T", dst)
	}
	return p.next.Scan(src, (*amountScanner)(a))
}

// An amountScanner is an amount that takes pgx's own decimal.
type amountScanner money.Amount

// ScanNumeric implements pgtype.NumericScanner.
func (s *amountScanner) ScanNumeric(v pgtype.Numeric) error {
	text, err := v.Value()
	if err != nil {
		return err
	}
	if text == nil {
		return fmt.Errorf("scan NULL into an amount")
	}
	a, err := money.Parse(fmt.Sprint(text))
	*s = amountScanner(a)
	return err
}

// numeric is an amount as a parameter for a numeric column; nil is NULL.
func numeric(a *money.Amount) *string {
	if a == nil {
		return nil
	}
	s := a.String()
	return &s
}
