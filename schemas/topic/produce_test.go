package topic

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/protocol"
	"pgregory.net/rapid"
)

func TestABatchIsAsLongAsARequestAllowsAndNeverEmpty(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, 2*maxBatchBytes), 1, 12).Draw(t, "sizes")
		var records []Record
		for _, n := range sizes {
			records = append(records, Record{Value: make([]byte, n)})
		}
		n := batchLength(records)
		if n < 1 || n > len(records) {
			t.Fatalf("%d of %d records", n, len(records))
		}
		if n > 1 && sizeOf(records[:n]) > maxBatchBytes {
			t.Fatalf("%d records of %d bytes in one request", n, sizeOf(records[:n]))
		}
		if n < len(records) && sizeOf(records[:n+1]) <= maxBatchBytes {
			t.Fatalf("only %d records, and another would fit", n)
		}
	})
}

func sizeOf(records []Record) (n int) {
	for _, r := range records {
		n += r.Size()
	}
	return n
}

func TestTheSizeOfARecordCountsKeyValueAndHeaders(t *testing.T) {
	bare := Record{}.Size()
	full := Record{Key: make([]byte, 10), Value: make([]byte, 100), Headers: []Header{{Key: "ab", Value: make([]byte, 50)}}}
	if got := full.Size() - bare; got < 162 || got > 180 {
		t.Errorf("162 bytes weigh %d", got)
	}
}

func TestTheLastHeaderOfANameCounts(t *testing.T) {
	r := Record{Headers: []Header{{Key: "a", Value: []byte("1")}, {Key: "b", Value: []byte("2")}, {Key: "a", Value: []byte("3")}}}
	for key, want := range map[string]string{"a": "3", "b": "2", "c": ""} {
		t.Run(key, func(t *testing.T) {
			if got := r.Header(key); got != want {
				t.Errorf("it is %q, want %q", got, want)
			}
		})
	}
}

func TestBookmarksDifferWhereRecordsDiffer(t *testing.T) {
	base := Record{Offset: 7, Key: []byte("k"), Value: []byte("v"), Headers: []Header{{Key: "h", Value: []byte("x")}}}
	change := func(f func(*Record)) Record {
		r := base
		f(&r)
		return r
	}
	if first, again := After(base), After(base); first != again || first.Offset != 8 {
		t.Errorf("the bookmark is %+v, then %+v", first, again)
	}
	for name, other := range map[string]Record{
		"another offset":            change(func(r *Record) { r.Offset = 8 }),
		"another time":              change(func(r *Record) { r.Time = r.Time.AddDate(0, 0, 1) }),
		"another value":             change(func(r *Record) { r.Value = []byte("w") }),
		"no value":                  change(func(r *Record) { r.Value = nil }),
		"the key in the value":      change(func(r *Record) { r.Key, r.Value = nil, []byte("kv") }),
		"another header":            change(func(r *Record) { r.Headers = []Header{{Key: "h", Value: []byte("y")}} }),
		"no header":                 change(func(r *Record) { r.Headers = nil }),
		"a header cut another way":  change(func(r *Record) { r.Headers = []Header{{Key: "hx"}} }),
		"a header in the next part": change(func(r *Record) { r.Headers = append(r.Headers, Header{Key: "h", Value: []byte("x")}) }),
	} {
		t.Run(name, func(t *testing.T) {
			if After(other).Before == After(base).Before {
				t.Error("the bookmark is the same")
			}
		})
	}
}

func TestErrorsOfTheLibraryGetOurNames(t *testing.T) {
	for name, c := range map[string]struct{ in, want error }{
		"an unknown topic":           {kafka.UnknownTopicOrPartition, ErrUnknownTopic},
		"a topic without metadata":   {&protocol.TopicError{Topic: "x", Err: protocol.ErrNoTopic}, ErrUnknownTopic},
		"an offset that is not here": {fmt.Errorf("fetch: %w", kafka.OffsetOutOfRange), ErrOutOfRange},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Dial(nil).classify(c.in); !errors.Is(got, c.want) || !errors.Is(got, c.in) {
				t.Errorf("%v becomes %v, want %v and the cause", c.in, got, c.want)
			}
		})
	}
	if other := Dial(nil).classify(kafka.MessageSizeTooLarge); errors.Is(other, ErrUnknownTopic) || errors.Is(other, ErrOutOfRange) {
		t.Errorf("another error becomes %v", other)
	}
}

func TestWhatTheLibrarySaysIsPutIntoWords(t *testing.T) {
	c := Dial([]string{"kafka:9092"})
	for name, cause := range map[string]error{
		"a broker that is away":           fmt.Errorf("dial: %w", &net.OpError{Op: "dial", Err: errors.New("refused")}),
		"a broker that hangs":             context.DeadlineExceeded,
		"a request that went to several":  kafka.Unknown,
		"a broker whose disk is full":     kafka.KafkaStorageError,
		"too few replicas":                kafka.NotEnoughReplicas,
		"a broker that does not allow it": kafka.TopicAuthorizationFailed,
	} {
		t.Run(name, func(t *testing.T) {
			err := fmt.Errorf("fetch a/0@7: %w", c.classify(cause))
			problem, hint := Trouble(err)
			if !strings.Contains(problem, "the broker at [kafka:9092]") || hint == "" || !strings.HasSuffix(err.Error(), problem+": "+hint) {
				t.Errorf("%q, want which broker, what is wrong and what to do", err)
			}
			if strings.Contains(err.Error(), "[-1]") || strings.Contains(err.Error(), "deadline") || !errors.Is(err, cause) {
				t.Errorf("%q, want our words, and the cause wrapped", err)
			}
		})
	}
	if err := c.classify(context.Canceled); err != context.Canceled {
		t.Errorf("a call that we cut short ourselves is %q", err)
	}
}

func TestOnlyErrorsOfAConnectionEndIt(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"nothing":               {nil, false},
		"a refusal of Kafka":    {kafka.NotLeaderForPartition, false},
		"a connection refused":  {fmt.Errorf("dial: %w", &net.OpError{Op: "dial", Err: errors.New("refused")}), true},
		"an error of our own":   {errors.New("bad"), false},
		"a topic not there yet": {ErrUnknownTopic, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Dial(nil).connectionEnded(c.err); got != c.want {
				t.Errorf("it has ended: %v, want %v", got, c.want)
			}
		})
	}
}

func TestEveryErrorThatAnElectionCausesIsWaitedFor(t *testing.T) {
	for _, err := range []error{
		kafka.NotLeaderForPartition, kafka.LeaderNotAvailable, kafka.ReplicaNotAvailable,
		kafka.GroupCoordinatorNotAvailable, kafka.NotCoordinatorForGroup, kafka.GroupLoadInProgress,
	} {
		t.Run(err.Error(), func(t *testing.T) {
			if !leaderMoving(fmt.Errorf("list offsets: %w", err)) {
				t.Error("it is not")
			}
		})
	}
	for _, err := range []error{nil, kafka.OffsetOutOfRange, kafka.UnknownTopicOrPartition, kafka.MessageSizeTooLarge} {
		t.Run(fmt.Sprint(err), func(t *testing.T) {
			if leaderMoving(err) {
				t.Error("it is waited for, and it does not pass")
			}
		})
	}
}

func TestATopicIsMadeCompactedWithItsSettings(t *testing.T) {
	entries := func(s Spec) map[string]string {
		m := map[string]string{}
		for _, e := range s.config().ConfigEntries {
			m[e.ConfigName] = e.ConfigValue
		}
		return m
	}
	bare := entries(Spec{Name: "x", Partitions: 1})
	if bare["cleanup.policy"] != "compact" || bare["max.message.bytes"] != "8388608" || len(bare) != 2 {
		t.Errorf("a topic without settings has %v", bare)
	}
	full := entries(Spec{Name: "x", Partitions: 1, MinCompactionLag: 1e9, DeleteRetention: 2e9})
	if full["min.compaction.lag.ms"] != "1000" || full["delete.retention.ms"] != "2000" {
		t.Errorf("a lag of 1 s and a retention of 2 s are %v", full)
	}
	if r := (Spec{}).config().ReplicationFactor; r != -1 {
		t.Errorf("without a factor it asks for %d replicas, want the cluster's default", r)
	}
	if r := (Spec{Replicas: 3}).config().ReplicationFactor; r != 3 {
		t.Errorf("it asks for %d replicas, want 3", r)
	}
}
