package binding

import (
	"context"
	"fmt"
	"time"

	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/work"
)

// notPurged refuses a binding whose cross references were purged: it would post everything again.
func notPurged(b work.Binding) error {
	if b.State != work.Purged {
		return nil
	}
	return fmt.Errorf("binding %s is closed for good: %s", b.Name, b.Hint)
}

// beginsAfterPurged refuses a binding that would post what one before it has posted, of the same
// source to the same business: nobody knows any more what that was.
func beginsAfterPurged(ctx context.Context, s Store, b work.Binding, p policy.Policy, business string) error {
	if business == "" {
		return nil
	}
	all, err := s.Bindings(ctx)
	if err != nil {
		return err
	}
	for _, before := range all {
		if before.State != work.Purged || before.Source != b.Source || before.Business != business || before.DisconnectedAt == nil || before.Name == b.Name {
			continue
		}
		if p.Since(b.ImportedAt).Before(*before.DisconnectedAt) {
			return fmt.Errorf("binding %s has posted source %s to this business until %s, and what it posted is not known any more: "+
				"set sync_since to that time or later in the policy and import binding %s again",
				before.Name, b.Source, before.DisconnectedAt.UTC().Format(time.RFC3339), b.Name)
		}
	}
	return nil
}
