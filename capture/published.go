package capture

import (
	"context"
	"hash/maphash"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// publishedSince is the newest version in the topics of which a checkpoint does not speak: what
// a session had published, and not saved, when it ended. The next one publishes it again.
func (s *Stage) publishedSince(ctx context.Context, saved change.Checkpoint, ends map[change.Domain][]int64) (newest change.Version, err error) {
	if saved.InPart {
		newest = change.Version{Epoch: saved.Epoch, Sequence: saved.Sequence + 1}
	}
	err = s.unsaved(ctx, saved, ends, func(r topic.Record, v change.Version) { newest = change.Latest(newest, v) })
	return newest, err
}

// unsaved calls each for the records of which a checkpoint does not speak.
func (s *Stage) unsaved(ctx context.Context, saved change.Checkpoint, ends map[change.Domain][]int64, each func(topic.Record, change.Version)) error {
	for d, acknowledged := range saved.EndOffsets {
		starts, _, err := s.Topics.Ranges(ctx, s.Names.Raw(d), len(ends[d]))
		if err != nil {
			return err
		}
		for partition, from := range acknowledged {
			if partition >= len(ends[d]) || from >= ends[d][partition] {
				continue
			}
			from = max(from, starts[partition])
			_, err := s.Topics.ReadTo(ctx, s.Names.Raw(d), partition, from, ends[d][partition], func(r topic.Record) error {
				v, err := change.ParseVersion(r.Header(change.HeaderVersion))
				if err == nil && v.Epoch == saved.Epoch && !v.Above(saved.Version()) { // others are not ours
					each(r, v)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// unexplained are those of some empty tables whose rows the topics do not tell to be deleted:
// they have some that live, or nothing of the table at all.
func (s *Stage) unexplained(ctx context.Context, names []string) (all []string, err error) {
	s.Health.Expect(comparing)
	defer s.Health.Retire(comparing)
	for _, name := range names {
		t, _ := magento.ByName(name)
		deleted, err := s.toldDeleted(ctx, t)
		if err != nil {
			return nil, err
		}
		if !deleted {
			all = append(all, name)
		}
	}
	return all, nil
}

// toldDeleted reports whether the topic of a table's domain tells that rows of it were deleted,
// and has none that lives. It keeps no rows, and of their keys a hash: there may be millions.
func (s *Stage) toldDeleted(ctx context.Context, t magento.Table) (told bool, err error) {
	name, seed := s.Names.Raw(t.Domain), maphash.MakeSeed()
	starts, ends, err := s.Topics.Ranges(ctx, name, s.partitions()[t.Domain])
	if err != nil {
		return false, err
	}
	for p, end := range ends {
		living := map[uint64]struct{}{}
		_, err := s.Topics.ReadTo(ctx, name, p, starts[p], end, func(r topic.Record) error {
			s.Health.Prove(comparing)
			key, err := change.DecodeKey(r.Key)
			if err != nil || key.Table != t.Name {
				return nil
			}
			if r.Value == nil {
				delete(living, maphash.Bytes(seed, r.Key))
				told = true
			} else {
				living[maphash.Bytes(seed, r.Key)] = struct{}{}
			}
			return nil
		})
		if err != nil || len(living) > 0 {
			return false, err
		}
	}
	return told, nil
}
