package stream

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// begin opens a transaction. It gets the next sequence whether or not it has rows
// for us, so that reading the log again gives the same numbers.
func (s *Streamer) begin(e row.Event) {
	s.open = true
	s.version.Sequence = s.checkpoint.Sequence + 1
	s.origin = s.identity
	s.origin.gtid, s.origin.tsMS = e.GTID, e.TSMS
	if e.GTID == "" {
		s.origin.began = e.At.String()
	}
	s.tables.begin(e)
}

// rows collects the records of one event.
func (s *Streamer) rows(ctx context.Context, e row.Event) error {
	if !s.open {
		return fmt.Errorf("rows of %s at %s are outside of a transaction", e.Layout.Table.Name, e.At)
	}
	s.origin.table, s.origin.nowMS = e.Layout.Table.Name, time.Now().UnixMilli()
	s.origin.file, s.origin.pos = e.At.File, e.At.Pos
	s.tables.event(e)
	for i, c := range e.Changes {
		s.tables.row(i, c)
		if err := s.change(ctx, e.Layout.Table, c); err != nil {
			return err
		}
	}
	if s.publisher.full() {
		return s.dispatch(ctx)
	}
	return nil
}

// change collects the records of one changed row. A row that got another key or
// another root is deleted where it was and created where it is.
func (s *Streamer) change(ctx context.Context, t magento.Table, c row.Change) error {
	if err := s.router.filter.renamed(t, c); err != nil {
		return err
	}
	before, err := s.route(ctx, t, c.Before)
	if err != nil {
		return err
	}
	after, err := s.route(ctx, t, c.After)
	if err != nil {
		return err
	}
	if before.sameRecord(after) {
		s.publish(t, change.Update, before, after)
		return nil
	}
	if before.img == nil && c.After == nil {
		s.router.filter.carts.deleted(t, position.Position{File: s.origin.file, Pos: s.origin.pos})
	}
	if before.img != nil && after.img != nil && before.root != after.root && s.router.aggregates.isParent(t) {
		return &MovedParentError{t.Name}
	}
	if after.orphan {
		s.awaited.orphan(t, c.After)
	}
	if after.img != nil && (c.Before == nil || !bytes.Equal(c.Before.Key, c.After.Key)) {
		if err := s.awaited.came(t, c.After); err != nil {
			return err
		}
	}
	if before.img != nil {
		s.publish(t, change.Delete, before, publishable{})
		s.bereft.deleted(t, before.root, before.img)
		s.awaited.deleted(t, before.img)
	}
	if after.img != nil {
		s.publish(t, change.Create, publishable{}, after)
	}
	return nil
}

// route tells the snapshot of a row that the log brought, and the router where it
// belongs. Of a cart that stays nobody is told: if it begins to be negotiated, what a snapshot
// has read of it counts.
func (s *Streamer) route(ctx context.Context, t magento.Table, img *row.Image) (publishable, error) {
	if img == nil {
		return publishable{}, nil
	}
	if s.recent != nil {
		s.recent.add(t.Name, img, time.Now())
	}
	if s.router.filter.carts.stays(t, img.FilterValue) {
		return publishable{}, nil
	}
	for _, w := range s.watches {
		w.touched(t.Name, img.Key)
	}
	if s.bereft.touched != nil {
		s.bereft.touched[string(img.Key)] = true
	}
	return s.router.route(ctx, t, img)
}

// sameRecord reports whether two images of a row are updates of one record.
func (p publishable) sameRecord(q publishable) bool {
	return p.img != nil && q.img != nil && p.root == q.root && bytes.Equal(p.img.Key, q.img.Key)
}

// publish collects the record of one change, and behind a delete its tombstone.
func (s *Streamer) publish(t magento.Table, op change.Op, before, after publishable) {
	s.metrics.row(t.Name, op)
	root, r := s.publisher.memory.rowRecord(op, before, after, s.version, &s.origin)
	s.publisher.addRow(t.Domain, root, r)
	if op == change.Delete {
		r.Value = nil
		s.publisher.addRow(t.Domain, root, r)
	} else {
		s.filled.add(t.Name)
	}
	s.tables.publish(t, op, before, after, s.origin.row+1)
	s.origin.row++
	s.router.filter.carts.published(t, op, root)
}

// commit closes a transaction.
func (s *Streamer) commit(e row.Event) error {
	if !s.open {
		return fmt.Errorf("a commit at %s has no beginning", e.At)
	}
	s.open = false
	if s.bereft.count > maxBereft {
		return &ParentsGoneError{}
	}
	s.checkpoint.Last, s.checkpoint.Before = s.origin.gtid, s.checkpoint.GTID
	s.checkpoint.Sequence, s.checkpoint.GTID, s.checkpoint.TSMS = s.version.Sequence, e.Executed, s.origin.tsMS
	s.metrics.transactions.Inc()
	s.metrics.last.tsMS.Store(s.origin.tsMS)
	marked, err := s.publisher.mark(s.marker(e.At))
	if err != nil {
		return err
	}
	if marked {
		s.pending.published = true
		s.metrics.behind.Set(max(0, time.Since(time.UnixMilli(s.origin.tsMS)).Seconds()))
	}
	return nil
}

func (s *Streamer) marker(at position.Position) change.Commit {
	return change.Commit{Version: s.version, GTID: s.checkpoint.GTID, File: at.File, Pos: at.Pos, TSMS: s.checkpoint.TSMS}
}
