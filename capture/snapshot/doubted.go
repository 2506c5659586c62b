package snapshot

import (
	"context"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// BeginDoubted has the snapshots of what is in doubt begin where the doubt does. It is called
// before the stream runs: readers assemble nothing of what comes without those rows.
func (s *Snapshotter) BeginDoubted() {
	for d, p := range s.Progress {
		s.beginDoubted(change.Scope{Domain: d}, p, func(p change.Progress) { s.Progress[d] = p })
	}
	for name, p := range s.Tables {
		if t, known := magento.ByName(name); known {
			s.beginDoubted(change.Scope{Domain: t.Domain, Table: name}, p, func(p change.Progress) { s.Tables[name] = p })
		}
	}
}

func (s *Snapshotter) beginDoubted(of change.Scope, p change.Progress, keep func(change.Progress)) {
	if p.Done {
		return
	}
	if !p.Begin.IsZero() { // its record may not have been published before the session ended
		s.Stream.AtBoundary(position.Position{}, func(context.Context) error { return s.control(change.KindSnapshotBegin, newLedger(of, p)) })
		return
	}
	s.Stream.AtBoundary(s.From[of], func(ctx context.Context) error {
		l := newLedger(of, p)
		err := s.begin(ctx, l)
		keep(l.progress())
		return err
	})
}

// begun is the progress of a snapshot once its place is reached, where it has one.
func (s *Snapshotter) begun(ctx context.Context, of change.Scope) (p change.Progress, err error) {
	err = s.Stream.RunAtBoundary(ctx, s.From[of], func(context.Context) error {
		if p = s.Progress[of.Domain]; of.Table != "" {
			p = s.Tables[of.Table]
		}
		return nil
	})
	return p, err
}
