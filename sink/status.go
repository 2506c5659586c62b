package sink

import (
	"context"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/store"
)

// A Status is what the sink has come to.
type Status struct {
	Bindings []BindingStatus `json:"bindings"`
	// InDoubt counts operations without an answer; they are sent again.
	InDoubt int `json:"in_doubt"`
}

// BindingStatus counts the documents of one binding.
type BindingStatus struct {
	BindingInfo
	Documents map[string]int `json:"documents"` // by state: planned waiting skipped parked posted
	Paid      int            `json:"paid"`      // of the posted ones
	Unpaid    int            `json:"unpaid"`
	Parked    map[string]int `json:"parked"` // by reason
	Waiting   map[string]int `json:"waiting"`
	Skipped   map[string]int `json:"skipped"`
}

// ReadStatus counts.
func ReadStatus(ctx context.Context, s *store.Store) (Status, error) {
	bindings, err := s.Bindings(ctx)
	if err != nil {
		return Status{}, err
	}
	counts, inDoubt, err := s.Counts(ctx)
	if err != nil {
		return Status{}, err
	}
	out := Status{Bindings: []BindingStatus{}, InDoubt: inDoubt}
	for _, b := range bindings {
		st := BindingStatus{BindingInfo: infoOf(b), Documents: map[string]int{}, Parked: map[string]int{}, Waiting: map[string]int{}, Skipped: map[string]int{}}
		for _, c := range counts {
			if c.Binding == b.Name {
				st.add(c)
			}
		}
		out.Bindings = append(out.Bindings, st)
	}
	return out, nil
}

func (s *BindingStatus) add(c store.Count) {
	s.Documents[string(c.State)] += c.N
	switch c.State {
	case store.DocumentParked:
		s.Parked[c.Reason] += c.N
	case store.DocumentWaiting:
		s.Waiting[c.Reason] += c.N
	case store.DocumentSkipped:
		s.Skipped[c.Reason] += c.N
	case store.DocumentPosted:
		switch c.Payment {
		case store.Paid:
			s.Paid += c.N
		case store.Unpaid:
			s.Unpaid += c.N
		}
	}
}

// A DocumentRow is a document as it is listed.
type DocumentRow struct {
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

// Documents lists documents, newest change first.
func Documents(ctx context.Context, s *store.Store, f store.DocumentFilter) ([]DocumentRow, error) {
	all, err := s.Documents(ctx, f)
	if err != nil {
		return nil, err
	}
	out := []DocumentRow{}
	for _, d := range all {
		row := DocumentRow{
			Key: d.ID, Kind: d.ID.Kind(), Number: d.Number, State: string(d.State), Payment: d.Payment, Reason: d.Reason, Hint: d.Hint,
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
