package sink

import (
	"context"
	"encoding/json"

	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// SettleDocument writes down what a person says of a document that waits for one. It makes
// no call; what is to be made afterwards is planned as always.
func SettleDocument(ctx context.Context, db *postgres.DB, s work.Settlement) error {
	return db.SettleDocument(ctx, s, func(body json.RawMessage) (postgres.Standing, error) {
		kept, err := plan.Settled(s, body)
		return postgres.Standing{Digest: kept.Digest, Xref: kept.Xref}, err
	})
}
