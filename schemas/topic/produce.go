package topic

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
)

const (
	// maxBatchBytes keeps a request below 1 MiB, the limit (message.max.bytes) of a
	// broker that was not configured otherwise. It is measured before compression,
	// and the tenth that is left covers the batch's own header.
	maxBatchBytes = 900_000
	// maxMessageBytes is the limit (max.message.bytes) that our topics are made with.
	// A single record may exceed maxBatchBytes: one wide row with long texts must
	// never stop capture.
	maxMessageBytes = 8 << 20
)

// ErrInterleaved is wrapped by Produce when another writer has appended in between.
var ErrInterleaved = errors.New("another writer has appended in between")

// ErrTooLarge is wrapped by Produce when a topic takes no request of that size until somebody
// sets its max.message.bytes. The same records are refused again until then.
var ErrTooLarge = errors.New("the topic takes no records of that size")

// tooLarge is the refusal of a request of some bytes.
func (c *Client) tooLarge(topic string, size int64, err error) error {
	return &BrokerError{fmt.Sprintf("kafka: the topic %s takes no records of %d bytes", topic, size),
		"type " + c.alter(topic, sizeSetting, fmt.Sprint(max(maxMessageBytes, 2*size))), &classified{ErrTooLarge, err}}
}

// Produce appends records to one partition in their order and returns the offset
// of the first, −1 when no request was acknowledged. It returns when all replicas in
// sync have the records. It stops at the first request that fails: the requests before
// it have arrived, that one may have, and those after it were not sent. The
// caller repeats from what it last knew to be acknowledged. It returns ErrInterleaved when
// somebody else's records stand between those of two requests, and ErrTooLarge.
func (c *Client) Produce(ctx context.Context, topic string, partition int, records []Record) (base int64, err error) {
	base = -1
	for sent := int64(0); len(records) > 0; {
		n := batchLength(records)
		offset, err := c.produceBatch(ctx, topic, partition, records[:n])
		if err != nil {
			return base, err
		}
		if base < 0 {
			base = offset
		}
		if offset != base+sent {
			return base, fmt.Errorf("produce to %s/%d: %w", topic, partition, ErrInterleaved)
		}
		records, sent = records[n:], sent+int64(n)
	}
	return base, nil
}

// batchLength returns how many records fit into one request, at least one.
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
	b := batches.Get().(*batch)
	encoded, err := b.encode(records, c.Compression, time.Now())
	if err != nil {
		return 0, fmt.Errorf("produce to %s/%d: %w", topic, partition, err)
	}
	res, err := c.kafka.RawProduce(ctx, &kafka.RawProduceRequest{
		Topic: topic, Partition: partition, RequiredAcks: kafka.RequireAll,
		RawRecords: protocol.RawRecordSet{Reader: bytes.NewReader(encoded)},
	})
	if err != nil {
		c.connectionEnded(err)
		return 0, fmt.Errorf("produce to %s/%d: %w", topic, partition, c.classify(err))
	}
	size := int64(len(encoded))
	b.release() // it was answered; after an error the library may still be reading it
	if errors.Is(res.Error, kafka.MessageSizeTooLarge) || errors.Is(res.Error, kafka.RecordListTooLarge) {
		return 0, fmt.Errorf("produce to %s/%d: %w", topic, partition, c.tooLarge(topic, size, res.Error))
	}
	if res.Error != nil {
		return 0, fmt.Errorf("produce to %s/%d: %w", topic, partition, c.classify(res.Error))
	}
	for i, err := range res.RecordErrors {
		return 0, fmt.Errorf("produce to %s/%d: record %d: %w", topic, partition, i, err)
	}
	return res.BaseOffset, nil
}
