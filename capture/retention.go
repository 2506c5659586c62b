package capture

import (
	"context"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A Retention is what a source's log has for a capture that goes on from its checkpoint.
type Retention struct {
	End position.Position
	// Expire is after which time the server may purge a file of its log; 0 is never.
	Expire time.Duration
	// Purged says that the log has the checkpoint's place no more.
	Purged bool
}

// AskRetention asks the source. The place of a checkpoint that another server had written is
// not looked for.
func AskRetention(ctx context.Context, c Config, names topic.Names, at change.Checkpoint) (r Retention, err error) {
	db, err := source.Open(ctx, c.WithDefaults().source(names.Prefix))
	if err != nil {
		return r, err
	}
	defer db.Close()
	if r.End, err = db.LogPosition(ctx); err != nil {
		return r, err
	}
	if r.Expire, err = db.Expire(ctx); err != nil {
		return r, err
	}
	if at.ByGTID || at.File == "" || at.ServerID != db.Server.ID || at.ServerUUID != db.Server.UUID {
		return r, nil
	}
	has, err := db.HasPlace(ctx, position.Position{File: at.File, Pos: at.Pos})
	r.Purged = !has
	return r, err
}
