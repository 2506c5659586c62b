package sink

import (
	"context"

	"github.com/mage2sage/mage2sage/schemas/topic"
)

// readBefore is the offset below which a database that is lost has read: the group is told
// of a batch only once Postgres has it, so it is ahead only of a Postgres that was restored
// or made anew.
func (in *intake) readBefore(ctx context.Context, a topic.Assignment, offset int64) (int64, error) {
	below := a.Committed
	if below <= offset {
		below = 0
	} else {
		in.log.Warn().Str("topic", a.Topic).Int("partition", a.Partition).Int64("offset", offset).Int64("committed", a.Committed).
			Msg("database behind what was read: it was restored, or made anew")
	}
	return in.db.NoteReadBefore(ctx, a.Topic, a.Partition, below)
}
