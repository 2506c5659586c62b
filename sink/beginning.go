package sink

import (
	"context"

	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A beginning is where the reading of a partition begins.
type beginning struct {
	kept       topic.Bookmark // in Postgres, believed or not
	offset     int64
	known      int64 // records below may have been read before
	partitions int   // of the topic
}

func (in *intake) begin(ctx context.Context, a topic.Assignment) (from beginning, err error) {
	if from.kept, err = in.db.Bookmark(ctx, a.Topic, a.Partition); err != nil {
		return from, err
	}
	if from.partitions, err = in.topics.PartitionCount(ctx, a.Topic); err != nil {
		return from, err
	}
	var believed bool
	if from.offset, believed, err = in.topics.VerifyBookmark(ctx, a.Topic, a.Partition, from.kept); err != nil || believed {
		return from, err
	}
	ends, err := in.topics.EndOffsets(ctx, a.Topic, from.partitions)
	if err != nil {
		return from, err
	}
	from.known = ends[a.Partition]
	in.log.Info().Str("topic", a.Topic).Int("partition", a.Partition).Int64("offset", from.offset).Msg("partition read from its beginning")
	return from, in.db.ForgetSetAside(ctx, a.Topic, a.Partition)
}
