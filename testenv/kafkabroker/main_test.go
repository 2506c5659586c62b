package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/segmentio/kafka-go"
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

func TestAnAddressWithoutAPortIsRefused(t *testing.T) {
	if err := run(t.Context(), []string{"--listen", "localhost"}, io.Discard); err == nil {
		t.Error("run accepted an address without a port")
	}
}
