package sink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
)

// CheckInSage returns an error where Sage has no document of that kind under the id that a
// person gives: a slip of the pen would count as posted.
func CheckInSage(ctx context.Context, c *sage.Client, s work.Settlement) error {
	read, what := c.Invoice, "sales invoice"
	if s.ID.Kind() == canonical.KindCreditMemo {
		read, what = c.CreditNote, "sales credit note"
	}
	_, err := read(ctx, s.SageID)
	var refusal *sage.Error
	switch {
	case errors.As(err, &refusal) && refusal.NotFound():
		return fmt.Errorf("no %s has the id %s in the business of binding %s: take the id from the address of its page in Sage", what, s.SageID, s.Binding)
	case err != nil:
		return fmt.Errorf("ask Sage for %s (try again, or add --unchecked): %w", s.SageID, err)
	}
	return nil
}

// SettleDocument writes down what a person says of a document that waits for one. It makes
// no call; what is to be made afterwards is planned as always.
func SettleDocument(ctx context.Context, db *postgres.DB, s work.Settlement) error {
	return db.SettleDocument(ctx, s, func(body json.RawMessage) (postgres.Standing, error) {
		kept, err := plan.Settled(s, body)
		return postgres.Standing{Digest: kept.Digest, Xref: kept.Xref}, err
	})
}
