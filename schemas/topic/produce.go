package topic

import (
	"context"
	"fmt"

	"github.com/segmentio/kafka-go"
)

const (
	// maxBatchBytes keeps a request below a broker's usual limit of 1 MiB, before
	// compression.
	maxBatchBytes = 900_000
	// maxMessageBytes is the limit that our topics are made with: one wide row with
	// long texts must never stop capture.
	maxMessageBytes = 8 << 20
)

// Produce appends records to one partition in their order and returns the offset
// of the first. It returns when all replicas in sync have them. It stops at the
// first request that fails: then an unknown number of records at the front has
// arrived and the rest has not, and the caller repeats from what it last knew to
// be acknowledged.
func (c *Client) Produce(ctx context.Context, topic string, partition int, records []Record) (base int64, err error) {
	base = -1
	for len(records) > 0 {
		n := batchLength(records)
		offset, err := c.produceBatch(ctx, topic, partition, records[:n])
		if err != nil {
			return base, err
		}
		if base < 0 {
			base = offset
		}
		records = records[n:]
	}
	return base, nil
}

// batchLength tells how many records fit into one request, at least one.
func batchLength(records []Record) int {
	size := 0
	for i, r := range records {
		if size += r.Size(); size > maxBatchBytes && i > 0 {
			return i
		}
	}
	return len(records)
}

func (c *Client) produceBatch(ctx context.Context, topic string, partition int, records []Record) (int64, error) {
	batch := make([]kafka.Record, len(records))
	for i, r := range records {
		batch[i] = toKafka(r)
	}
	res, err := c.kafka.Produce(ctx, &kafka.ProduceRequest{
		Topic: topic, Partition: partition, RequiredAcks: kafka.RequireAll,
		Compression: kafka.Lz4, Records: kafka.NewRecordReader(batch...),
	})
	if err != nil {
		c.connectionEnded(err)
		return 0, fmt.Errorf("produce to %s/%d: %w", topic, partition, classify(err))
	}
	if res.Error != nil {
		return 0, fmt.Errorf("produce to %s/%d: %w", topic, partition, classify(res.Error))
	}
	for i, err := range res.RecordErrors {
		return 0, fmt.Errorf("produce to %s/%d: record %d: %w", topic, partition, i, err)
	}
	return res.BaseOffset, nil
}
