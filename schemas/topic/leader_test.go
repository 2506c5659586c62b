package topic

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/segmentio/kafka-go"
)

func TestAReadWaitsForALeaderThatIsOnTheMove(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		err := Dial(nil).awaitLeader(t.Context(), func() error {
			if calls++; calls < 4 {
				return fmt.Errorf("list offsets: %w", kafka.NotLeaderForPartition)
			}
			return nil
		})
		if err != nil || calls != 4 {
			t.Errorf("after %d calls: %v, want success at the fourth", calls, err)
		}
	})
}

func TestAReadOutlivesAConnectionThatEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		err := Dial(nil).awaitLeader(t.Context(), func() error {
			if calls++; calls < 3 {
				return fmt.Errorf("fetch: %w", io.ErrUnexpectedEOF)
			}
			return nil
		})
		if err != nil || calls != 3 {
			t.Errorf("after %d calls: %v, want success at the third", calls, err)
		}
	})
}

func TestAReadGivesUpOnALeaderThatNeverComesAndAtOnceOnEverythingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		err := Dial(nil).awaitLeader(t.Context(), func() error { return kafka.LeaderNotAvailable })
		if !errors.Is(err, kafka.LeaderNotAvailable) || time.Since(began) < leaderPatience {
			t.Errorf("gave up after %s with %v, want %s", time.Since(began), err, leaderPatience)
		}
		calls := 0
		if err := Dial(nil).awaitLeader(t.Context(), func() error { calls++; return kafka.TopicAuthorizationFailed }); err == nil || calls != 1 {
			t.Errorf("%d calls for an error that does not pass: %v", calls, err)
		}
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		if err := Dial(nil).awaitLeader(ended, func() error { return kafka.LeaderNotAvailable }); err == nil {
			t.Error("goes on after its context has ended")
		}
	})
}
