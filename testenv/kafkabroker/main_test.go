package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// start runs a broker on a free port until the test or the returned stop ends it.
func start(t *testing.T, args ...string) (addr string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	in, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"--listen", "127.0.0.1:0"}, args...), out)
		out.CloseWithError(err)
		ended <- err
	}()
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil {
		t.Fatalf("the broker did not start: %v", err)
	}
	addr, found := strings.CutPrefix(strings.TrimSpace(line), "kafkabroker: listening on ")
	if !found {
		t.Fatalf("the broker said %q", line)
	}
	return addr, func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the broker ended with %v", err)
		}
	}
}

func client(addr string) *kafka.Client {
	return &kafka.Client{Addr: kafka.TCP(addr), Timeout: 10 * time.Second}
}

func createTopic(t *testing.T, addr, topic string) {
	t.Helper()
	answer, err := client(addr).CreateTopics(t.Context(), &kafka.CreateTopicsRequest{
		Topics: []kafka.TopicConfig{{Topic: topic, NumPartitions: 2, ReplicationFactor: 1}},
	})
	if err == nil {
		err = answer.Errors[topic]
	}
	if err != nil {
		t.Fatal(err)
	}
}

func produce(ctx context.Context, addr, topic, value string) error {
	answer, err := client(addr).Produce(ctx, &kafka.ProduceRequest{
		Topic: topic, RequiredAcks: kafka.RequireAll,
		Records: kafka.NewRecordReader(kafka.Record{Value: kafka.NewBytes([]byte(value))}),
	})
	if err != nil {
		return err
	}
	return answer.Error
}

func TestRecordsSurviveARestart(t *testing.T) {
	data := t.TempDir()
	addr, stop := start(t, "--data-dir", data)
	createTopic(t, addr, "orders")
	if err := produce(t.Context(), addr, "orders", "first"); err != nil {
		t.Fatal(err)
	}
	stop()

	addr, stop = start(t, "--data-dir", data)
	defer stop()
	answer, err := client(addr).ListOffsets(t.Context(), &kafka.ListOffsetsRequest{
		Topics: map[string][]kafka.OffsetRequest{"orders": {kafka.LastOffsetOf(0)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := answer.Topics["orders"][0].LastOffset; got != 1 {
		t.Errorf("the partition ends at %d after the restart, want 1", got)
	}
}

func TestATopicThatNobodyCreatedIsRefused(t *testing.T) {
	addr, stop := start(t)
	defer stop()
	if err := produce(t.Context(), addr, "typo", "x"); err == nil {
		t.Error("the broker made a topic for a producer's typing error")
	}
}

func TestAGroupMemberMayAskForASessionOfOneSecond(t *testing.T) {
	addr, stop := start(t)
	defer stop()
	createTopic(t, addr, "orders")
	group, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: "quick", Brokers: []string{addr}, Topics: []string{"orders"},
		SessionTimeout: time.Second, HeartbeatInterval: 200 * time.Millisecond, RebalanceTimeout: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer group.Close()
	generation, err := group.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got := len(generation.Assignments["orders"]); got != 2 {
		t.Errorf("the only member got %d partitions, want 2", got)
	}
}

// TestAMemberThatDiedWhileItJoinedKeepsNoPartitions has one die in each of several groups,
// because kfake forgets it by chance.
func TestAMemberThatDiedWhileItJoinedKeepsNoPartitions(t *testing.T) {
	addr, stop := start(t)
	t.Cleanup(stop)
	createTopic(t, addr, "orders")
	for _, group := range []string{"a", "b", "c", "d", "e", "f"} {
		t.Run(group, func(t *testing.T) {
			t.Parallel()
			dieJoining(t, addr, group)
			dieJoining(t, addr, group)
			if got := partitionsOf(t, addr, group); got != 2 {
				t.Errorf("the only member that lives got %d partitions, want 2", got)
			}
		})
	}
}

// dieJoining asks to join a group and goes before the answer: the first in a group is
// answered at once, the second waits for the first, which does not come back.
func dieJoining(t *testing.T, addr, group string) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(addr))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	r := kmsg.NewPtrJoinGroupRequest()
	r.Group, r.ProtocolType, r.SessionTimeoutMillis, r.RebalanceTimeoutMillis = group, "consumer", 1000, 1000
	protocol := kmsg.NewJoinGroupRequestProtocol()
	metadata := kmsg.NewConsumerMemberMetadata()
	metadata.Topics = []string{"orders"}
	protocol.Name, protocol.Metadata = "range", metadata.AppendTo(nil)
	r.Protocols = append(r.Protocols, protocol)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	for {
		res, err := r.RequestWith(ctx, client)
		if err != nil || res.ErrorCode == 0 {
			return
		}
		r.MemberID = res.MemberID // it is told its id first
	}
}

// partitionsOf joins a group, and returns how many partitions it has once nobody else is
// in it, or those of the last try.
func partitionsOf(t *testing.T, addr, group string) (got int) {
	t.Helper()
	member, err := kafka.NewConsumerGroup(kafka.ConsumerGroupConfig{
		ID: group, Brokers: []string{addr}, Topics: []string{"orders"},
		SessionTimeout: time.Second, HeartbeatInterval: 100 * time.Millisecond, RebalanceTimeout: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer member.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for got < 2 {
		generation, err := member.Next(ctx)
		if ctx.Err() != nil {
			return got
		}
		if err != nil {
			continue // it joins again
		}
		got = len(generation.Assignments["orders"])
	}
	return got
}

func TestAnAddressWithoutAPortIsRefused(t *testing.T) {
	if err := run(t.Context(), []string{"--listen", "localhost"}, io.Discard); err == nil {
		t.Error("run accepted an address without a port")
	}
}
