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
	State         string `json:"state"` // new connected forbidden needs_reauth disconnected purged
	Hint          string `json:"hint,omitempty"`
	PolicyVersion int    `json:"policy_version"`
	// Closed says why nothing is sent whatever the state: restored, which the sink ends by itself,
	// or asked, which a person does. Rebuilding is how far the end of it is.
	Closed     string `json:"closed,omitempty"`
	Rebuilding string `json:"rebuilding,omitempty"`
}

// WhyClosed is why nothing is sent for a binding, and what ends it, on one line.
func (b Binding) WhyClosed() string {
	switch work.Closure(b.Closed) {
	case work.ClosedByRestore:
		text := "binding " + b.Name + ": the database was restored: what stands in Sage is read and adopted, and nothing is sent before that has ended"
		if b.Rebuilding != "" {
			text += " (" + b.Rebuilding + ")"
		}
		return text
	case work.ClosedByPerson:
		return "binding " + b.Name + ": nothing is sent until a rebuild has ended: mage2sage xref rebuild --binding " + b.Name
	}
	return ""
}

// BindingOf is a binding as it is shown, with what to do next where something is to
// be done.
func BindingOf(b work.Binding) Binding {
	shown := Binding{b.Name, b.Source, b.Business, b.BusinessName, b.BaseCurrency, string(b.State), b.Hint, b.PolicyVersion, string(b.Closed), b.Rebuilding}
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
