package view

import (
	"context"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A Binding is a binding as it is listed.
type Binding struct {
	Name          string `json:"binding"`
	Source        string `json:"source"`
	Business      string `json:"business,omitempty"`
	BusinessName  string `json:"business_name,omitempty"`
	BaseCurrency  string `json:"base_currency,omitempty"`
	State         string `json:"state"` // new connected forbidden needs_reauth disconnected
	Hint          string `json:"hint,omitempty"`
	PolicyVersion int    `json:"policy_version"`
}

// BindingOf is a binding as it is shown, with what to do next where something is to
// be done.
func BindingOf(b work.Binding) Binding {
	shown := Binding{b.Name, b.Source, b.Business, b.BusinessName, b.BaseCurrency, string(b.State), b.Hint, b.PolicyVersion}
	if b.State == work.New {
		shown.Hint = "run mage2sage connect --binding " + b.Name
	}
	if held := time.Until(b.NotBefore); held > 0 && (b.State == work.Connected || b.State == work.Forbidden) {
		shown.Hint = strings.TrimPrefix(shown.Hint+"; ", "; ") + "no call to Sage before " + b.NotBefore.UTC().Format(time.TimeOnly) + " UTC: mage2sage binding resume " + b.Name + " lifts it"
	}
	return shown
}

// ReadBindings lists all bindings by name.
func ReadBindings(ctx context.Context, s *postgres.DB) ([]Binding, error) {
	all, err := s.Bindings(ctx)
	if err != nil {
		return nil, err
	}
	out := []Binding{}
	for _, b := range all {
		out = append(out, BindingOf(b))
	}
	return out, nil
}
