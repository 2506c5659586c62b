package topic

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/segmentio/kafka-go"
)

// ErrOutOfRange is wrapped by Fetch when the partition does not have the offset:
// its records were deleted, or this broker never had them. The caller begins again
// at StartOffset.
var ErrOutOfRange = errors.New("offset out of range")

// fetchBytes is the most that one fetch brings, as it is packed. Unpacked it is some ten times as
// much, which a process holds for each partition that it reads. A larger first batch
// still arrives whole, as the broker never cuts that one.
const fetchBytes = 1 << 20

// A Batch is the result of one fetch.
type Batch struct {
	Records []Record
	// Next is the offset to fetch from afterwards. It skips offsets whose records
	// compaction has removed.
	Next int64
	// End was the partition's end (high watermark) when the broker answered.
	End int64
}

// Fetch reads one partition from an offset. It waits at most wait for the first
// record; an empty batch is no error.
func (c *Client) Fetch(ctx context.Context, topic string, partition int, offset int64, wait time.Duration) (batch Batch, err error) {
	err = c.awaitLeader(ctx, func() error {
		batch, err = c.fetchOnce(ctx, topic, partition, offset, wait)
		return err
	})
	return batch, err
}

func (c *Client) fetchOnce(ctx context.Context, topic string, partition int, offset int64, wait time.Duration) (Batch, error) {
	res, err := c.kafka.Fetch(ctx, &kafka.FetchRequest{
		Topic: topic, Partition: partition, Offset: offset,
		MinBytes: 1, MaxBytes: fetchBytes, MaxWait: wait,
	})
	if err != nil {
		return Batch{}, fmt.Errorf("fetch %s: %w", Coordinates{topic, partition, offset}, c.classify(err))
	}
	if res.Error != nil {
		return Batch{}, fmt.Errorf("fetch %s: %w", Coordinates{topic, partition, offset}, c.classify(res.Error))
	}
	batch := Batch{Next: offset, End: res.HighWatermark}
	for {
		raw, err := res.Records.ReadRecord()
		if errors.Is(err, io.EOF) {
			return batch, nil
		}
		if err != nil {
			return keepWholeRecords(batch, Coordinates{topic, partition, batch.Next}, err)
		}
		if err := batch.take(raw, offset); err != nil {
			return Batch{}, fmt.Errorf("fetch %s: %w", Coordinates{topic, partition, raw.Offset}, err)
		}
	}
}

// take keeps a record unless it is below the offset asked for: the broker sends a
// compressed batch whole, from its beginning.
func (b *Batch) take(raw *kafka.Record, from int64) error {
	r, err := fromKafka(raw)
	if err != nil || r.Offset < from {
		return err
	}
	b.Records, b.Next = append(b.Records, r), r.Offset+1
	return nil
}

// keepWholeRecords accepts a response whose last batch the broker has cut off, as it
// may at MaxBytes, when whole records came before the cut.
func keepWholeRecords(b Batch, at Coordinates, err error) (Batch, error) {
	if len(b.Records) > 0 && errors.Is(err, io.ErrUnexpectedEOF) {
		return b, nil
	}
	return Batch{}, fmt.Errorf("fetch %s: %w", at, err)
}

// ReadTo calls each for every record from an offset up to but not including end,
// and returns the offset at which to continue. On an error of each that is the
// record's own offset. It waits for records that are not there yet until ctx ends.
func (c *Client) ReadTo(ctx context.Context, topic string, partition int, from, end int64, each func(Record) error) (next int64, err error) {
	for from < end {
		batch, err := c.Fetch(ctx, topic, partition, from, time.Second)
		if errors.Is(err, ErrOutOfRange) {
			return from, fmt.Errorf("read %s to %d: %w", Coordinates{topic, partition, from}, end, err)
		}
		if err != nil {
			return from, err
		}
		for _, r := range batch.Records {
			if r.Offset >= end {
				return r.Offset, nil
			}
			if err := each(r); err != nil {
				return r.Offset, err
			}
		}
		if from = batch.Next; len(batch.Records) == 0 {
			// Compaction may have removed every record up to the end.
			if batch.End >= end {
				return end, nil
			}
		}
	}
	return from, nil
}

// ReadAll calls each for every record from the first offset of the partition to its
// end at the time of the call. It returns the bookmark after the last record.
func (c *Client) ReadAll(ctx context.Context, topic string, partition int, each func(Record) error) (Bookmark, error) {
	starts, ends, err := c.Ranges(ctx, topic, partition+1)
	if err != nil {
		return Bookmark{}, err
	}
	var mark Bookmark
	_, err = c.ReadTo(ctx, topic, partition, starts[partition], ends[partition], func(r Record) error {
		mark = After(r)
		return each(r)
	})
	return mark, err
}

// VerifyBookmark returns the offset at which a reader with that bookmark continues.
// It is the bookmark's own while the record before it is still there and the same,
// and believed is true. Otherwise it is the first offset of the partition, because
// reading everything again is always harmless.
func (c *Client) VerifyBookmark(ctx context.Context, topic string, partition int, mark Bookmark) (offset int64, believed bool, err error) {
	starts, ends, err := c.Ranges(ctx, topic, partition+1)
	if err != nil {
		return 0, false, err
	}
	start, end := starts[partition], ends[partition]
	if mark.Offset == 0 {
		return start, start == 0, nil
	}
	if mark.Offset > end || mark.Offset <= start {
		return start, false, nil
	}
	batch, err := c.Fetch(ctx, topic, partition, mark.Offset-1, time.Second)
	if err != nil {
		return 0, false, err
	}
	if len(batch.Records) == 0 || After(batch.Records[0]) != mark {
		return start, false, nil
	}
	return mark.Offset, true, nil
}
