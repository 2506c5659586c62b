package transform

import (
	"context"
	"errors"

	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform/state"
)

// retry reads again what is set aside of a partition. again is given each record that the
// topic still has; it says why the record stays set aside, or that it may be dropped.
func (s *Stage) retry(ctx context.Context, all []state.Aside, again func(*topic.Record) (stays, err error)) error {
	for _, a := range all {
		r, err := s.stillThere(ctx, a.At)
		if err != nil {
			return err
		}
		if r == nil {
			if err := s.shelf.drop(a.At); err != nil {
				return err
			}
			continue
		}
		stays, err := again(r)
		if err != nil {
			return err
		}
		if stays != nil {
			err = s.shelf.setAside(&RecordError{At: a.At, Key: string(r.Key), Err: stays})
		} else {
			err = s.shelf.drop(a.At)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// stillThere fetches one record; nil when compaction has taken it: then a newer one of its
// key has come.
func (s *Stage) stillThere(ctx context.Context, at topic.Coordinates) (*topic.Record, error) {
	f, err := s.Topics.Fetch(ctx, at.Topic, at.Partition, at.Offset, s.fetchWait)
	if errors.Is(err, topic.ErrOutOfRange) || err == nil && (len(f.Records) == 0 || f.Records[0].Offset != at.Offset) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &f.Records[0], s.checkOrigin(ctx, at.Topic, at.Partition, f.Records[:1])
}

// retry takes what was set aside of the partition and can be read now; its roots are due.
// It begins a new scan when a snapshot's begin or end was set aside, or more records than
// the shelf keeps.
func (s *scan) retry(ctx context.Context, stage *Stage) error {
	all, err := s.shelf.open(s.topic, s.partition)
	if err != nil || len(all) == 0 {
		return err
	}
	rescan := len(all) >= shelfLimit
	err = stage.retry(ctx, all, func(r *topic.Record) (stays, err error) {
		if r.Offset >= s.offset() {
			return nil, nil // it is read as any other
		}
		trial := *s // what a control record does to the state is not wanted here
		e, row, stays := trial.effect(r)
		if stays != nil || row == nil {
			rescan = rescan || e.snapshotBegun || e.snapshotEnded != nil
			return stays, nil
		}
		return nil, s.takeLate(row)
	})
	if err != nil || !rescan {
		return err
	}
	return s.restart(ctx)
}

// takeLate keeps a row whose record was set aside, unless a newer one is known.
func (s *scan) takeLate(row *state.Row) error {
	b := s.store.Begin()
	defer b.Close()
	row.Scan = s.state.ScanID
	kept, err := b.Put(*row)
	if err == nil && kept && row.Root != "" {
		err = errors.Join(b.MarkDue(row.Root), s.forgetLater(b, *row))
	}
	if err != nil {
		return err
	}
	return b.Commit()
}
