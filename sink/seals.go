package sink

import (
	"context"
	"slices"

	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A sealWatch finds tokens that do not open when the stage starts, and not with the first
// document, which may come after the person who has changed the keys has left.
type sealWatch struct {
	db       *postgres.DB
	keys     *auth.Keyring
	failures *failures
	well     bool // all of them open: what is sealed from now on is said by the call that needs it
}

// look is called by the delivery loop. It opens the tokens of all bindings at work until
// there is none whose tokens do not open.
func (w *sealWatch) look(ctx context.Context) error {
	if w.well {
		return nil
	}
	all, err := w.db.Bindings(ctx)
	if err != nil {
		return err
	}
	seals, err := binding.VerifyKeys(ctx, w.db, w.db, w.keys)
	if err != nil {
		return err
	}
	w.well = true
	for _, s := range seals {
		var fault error
		if s.Fault != nil && slices.ContainsFunc(all, func(b work.Binding) bool { return b.Name == s.Binding && b.State.AtWork() }) {
			fault, w.well = s.Fault, false
		}
		w.failures.noteOf("tokens do not open", s.Binding, s.Binding, fault)
	}
	return nil
}
