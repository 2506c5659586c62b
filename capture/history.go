package capture

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/mage2sage/mage2sage/capture/binlog"
	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/source"
)

// A serverLog is what the watch asks the server of its log; source.Database in production.
type serverLog interface {
	LogPosition(context.Context) (position.Position, error)
	Continues(context.Context, position.From) (broken string, err error)
}

// A stand is where the stream stands; stream.Streamer in production.
type stand interface {
	RunAtBoundary(ctx context.Context, after position.Position, task func(context.Context) error) error
	Reached() position.From
}

// watchHistory returns a LostError when the server's log is no longer the one that is
// being read. The server goes on to serve a reset log to those who were reading it, and
// nothing ever comes.
func (s *Stage) watchHistory(ctx context.Context, db serverLog, streamer stand) error {
	var before position.From
	tick := time.NewTicker(s.clocks.history)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
		var now position.From
		err := streamer.RunAtBoundary(ctx, position.Position{}, func(context.Context) error {
			now = streamer.Reached()
			return nil
		})
		if err != nil {
			return err
		}
		s.Health.Expect(checking)
		if err := sameHistory(ctx, db, before, now); err != nil {
			return err
		}
		s.Health.Retire(checking)
		before = now
	}
}

// sameHistory compares the place that the stream has reached with the log's end. Behind
// the stream's back nothing can end; and where the log goes on and the stream does not,
// the log has to prove that it is the same.
func sameHistory(ctx context.Context, db serverLog, before, now position.From) error {
	end, err := db.LogPosition(ctx)
	if err != nil {
		return err
	}
	if !end.Reached(now.At) {
		return &binlog.LostError{Reason: "it ends at " + end.String() + ", before " + now.At.String() + ", which was read: it was reset, or the server was restored"}
	}
	if end == now.At || now.At != before.At {
		return nil
	}
	reason, err := db.Continues(ctx, now)
	if err != nil || reason == "" {
		return err
	}
	return &binlog.LostError{Reason: reason}
}

// otherHistory reports why the server's log does not continue the checkpoint's, or "" if
// it does. Where another server answers it may only prove that while it is read.
func (p *resumePoint) otherHistory(ctx context.Context, db *source.Database) (reason string, err error) {
	saved, server := p.checkpoint, db.Server
	if saved.ServerID == server.ID && saved.ServerUUID == server.UUID {
		reason, err = db.Continues(ctx, p.from())
		return lostHistory(reason), err
	}
	other := fmt.Sprintf("another server answers: its server_id is %d, and %d was captured", server.ID, saved.ServerID)
	if server.UUID != "" {
		other = fmt.Sprintf("another server answers: its server_uuid is %s, and %s was captured", server.UUID, cmp.Or(saved.ServerUUID, "none"))
	}
	if saved.Last == "" {
		return other + "; no transaction was captured by which it could prove that it continues that history", nil
	}
	p.takenOver = true
	if reason, err = db.TakesOver(ctx, p.from()); reason != "" {
		p.takenOver, reason = false, other+"; "+reason
	}
	return reason, err
}

// lostHistory is a reason as capture says it of the log; "" without one.
func lostHistory(reason string) string {
	if reason == "" {
		return ""
	}
	return (&binlog.LostError{Reason: reason}).Error()
}
