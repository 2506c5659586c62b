package capture

import (
	"context"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// publishedSince is the newest version that stands in the topics behind a checkpoint: what a
// session had published, and not saved, when it ended. The next one publishes it again.
func (s *Stage) publishedSince(ctx context.Context, saved change.Checkpoint, ends map[change.Domain][]int64) (newest change.Version, err error) {
	for d, acknowledged := range saved.EndOffsets {
		starts, _, err := s.Topics.Ranges(ctx, s.Names.Raw(d), len(ends[d]))
		if err != nil {
			return newest, err
		}
		for partition, from := range acknowledged {
			if partition >= len(ends[d]) || from >= ends[d][partition] {
				continue
			}
			from = max(from, starts[partition])
			_, err := s.Topics.ReadTo(ctx, s.Names.Raw(d), partition, from, ends[d][partition], func(r topic.Record) error {
				v, err := change.ParseVersion(r.Header(change.HeaderVersion))
				if err == nil && v.Epoch == saved.Epoch && !v.Above(saved.Version()) { // others are not ours
					newest = change.Latest(newest, v)
				}
				return nil
			})
			if err != nil {
				return newest, err
			}
		}
	}
	return newest, nil
}
