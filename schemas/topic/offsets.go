package topic

import (
	"context"
	"errors"
	"fmt"

	"github.com/segmentio/kafka-go"
)

// EndOffsets returns, for partitions 0 to partitions−1, the offset that the next
// record will have.
func (c *Client) EndOffsets(ctx context.Context, topic string, partitions int) ([]int64, error) {
	_, ends, err := c.Ranges(ctx, topic, partitions)
	return ends, err
}

// StartOffset returns the first offset that a partition still has.
func (c *Client) StartOffset(ctx context.Context, topic string, partition int) (int64, error) {
	starts, _, err := c.Ranges(ctx, topic, partition+1)
	if err != nil {
		return 0, err
	}
	return starts[partition], nil
}

// Ranges returns, for partitions 0 to partitions−1, the first offset that each still has, and
// the one that the next record will have.
func (c *Client) Ranges(ctx context.Context, topic string, partitions int) (starts, ends []int64, err error) {
	err = c.awaitLeader(ctx, func() error {
		starts, ends, err = c.rangesOnce(ctx, topic, partitions)
		return err
	})
	return starts, ends, err
}

func (c *Client) rangesOnce(ctx context.Context, topic string, partitions int) (starts, ends []int64, err error) {
	var ask []kafka.OffsetRequest
	for p := range partitions {
		ask = append(ask, kafka.FirstOffsetOf(p), kafka.LastOffsetOf(p))
	}
	res, err := c.kafka.ListOffsets(ctx, &kafka.ListOffsetsRequest{Topics: map[string][]kafka.OffsetRequest{topic: ask}})
	if err != nil {
		return nil, nil, fmt.Errorf("list offsets of %s: %w", topic, c.classify(err))
	}
	starts, ends = make([]int64, partitions), make([]int64, partitions)
	seen := 0
	for _, p := range res.Topics[topic] {
		if p.Error != nil {
			return nil, nil, fmt.Errorf("list offsets of %s/%d: %w", topic, p.Partition, c.classify(p.Error))
		}
		starts[p.Partition], ends[p.Partition] = p.FirstOffset, p.LastOffset
		seen++
	}
	if seen != partitions {
		return nil, nil, fmt.Errorf("list offsets of %s: got %d of %d partitions: %w", topic, seen, partitions, ErrUnknownTopic)
	}
	return starts, ends, nil
}

// PartitionCount returns how many partitions a topic has, 0 when it does not exist.
func (c *Client) PartitionCount(ctx context.Context, topic string) (int, error) {
	have, err := c.partitionCounts(ctx, []Spec{{Name: topic}})
	if err != nil {
		return 0, err
	}
	return have[topic], nil
}

// GroupOffsets returns the offsets that a group has committed for partitions 0 to
// partitions−1, −1 where it has committed none. The group need not exist.
func (c *Client) GroupOffsets(ctx context.Context, group, topic string, partitions int) (offsets []int64, err error) {
	err = c.awaitLeader(ctx, func() error {
		offsets, err = c.groupOffsetsOnce(ctx, group, topic, partitions)
		return err
	})
	return offsets, err
}

func (c *Client) groupOffsetsOnce(ctx context.Context, group, topic string, partitions int) ([]int64, error) {
	res, err := c.kafka.OffsetFetch(ctx, &kafka.OffsetFetchRequest{GroupID: group, Topics: map[string][]int{topic: partitionNumbers(partitions)}})
	if err != nil {
		return nil, fmt.Errorf("fetch offsets of group %s: %w", group, c.classify(err))
	}
	if res.Error != nil && !errors.Is(res.Error, kafka.GroupIdNotFound) {
		return nil, fmt.Errorf("fetch offsets of group %s: %w", group, c.classify(res.Error))
	}
	out := make([]int64, partitions)
	for p := range out {
		out[p] = -1
	}
	for _, p := range res.Topics[topic] {
		if p.Error != nil {
			return nil, fmt.Errorf("fetch offsets of group %s for %s/%d: %w", group, topic, p.Partition, c.classify(p.Error))
		}
		out[p.Partition] = p.CommittedOffset
	}
	return out, nil
}
