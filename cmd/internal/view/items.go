package view

import (
	"context"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

// An Item is a document as it is listed.
type Item struct {
	Key          canonical.ID   `json:"key"` // invoice:12
	Kind         canonical.Kind `json:"kind"`
	Number       string         `json:"number"` // Magento's
	State        string         `json:"state"`
	Payment      string         `json:"payment,omitempty"` // paid unpaid
	Reason       string         `json:"reason,omitempty"`
	Hint         string         `json:"hint,omitempty"`
	Currency     string         `json:"currency,omitempty"`
	MagentoTotal string         `json:"magento_total,omitempty"` // two decimals
	SageTotal    string         `json:"sage_total,omitempty"`
	Difference   string         `json:"difference,omitempty"` // Sage's less Magento's; absent while one is missing
	SageID       string         `json:"sage_id,omitempty"`
	SageNumber   string         `json:"sage_number,omitempty"`
	Binding      string         `json:"binding"`
}

// ReadItems lists documents, newest change first.
func ReadItems(ctx context.Context, s *postgres.DB, f postgres.ItemFilter) ([]Item, error) {
	f.Quiet = plan.QuietKinds()
	all, err := s.Items(ctx, f)
	if err != nil {
		return nil, err
	}
	out := []Item{}
	for _, d := range all {
		row := Item{
			Key: d.ID, Kind: d.ID.Kind(), Number: d.Number, State: string(d.State), Payment: string(d.Payment), Reason: string(d.Reason), Hint: d.Hint,
			Currency: d.Currency, MagentoTotal: fixed(d.MagentoTotal), SageTotal: fixed(d.SageTotal),
			SageID: d.SageID, SageNumber: d.SageNumber, Binding: d.Binding,
		}
		if d.MagentoTotal != nil && d.SageTotal != nil {
			row.Difference = d.SageTotal.Sub(*d.MagentoTotal).Fixed(2)
		}
		out = append(out, row)
	}
	return out, nil
}

func fixed(a *money.Amount) string {
	if a == nil {
		return ""
	}
	return a.Fixed(2)
}
