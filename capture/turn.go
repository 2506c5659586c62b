package capture

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/capture/stream"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// Only one capture of a source writes at a time. The lock in the source's server says
// whose turn it is, and dies with its connection; a fence before Kafka sees that nobody
// writes whose last proof of the lock is older than source.Lease; and a new holder waits
// that long where its predecessor has not said that it is done, and is not known dead:
//
//	holder       check ── write ── write ── (stopped) ………………… Lease is over: no write
//	server                                        wait_timeout ── drops the lock
//	successor    GET_LOCK ……………………………………………………………………… has it ── waits Lease ── write

// A fenced producer writes while the lock is held.
type fenced struct {
	out  stream.Producer
	lock interface{ Held() error }
}

// Produce returns stream.ErrMayNotPublish, and writes nothing, when the lock may be lost.
func (f fenced) Produce(ctx context.Context, topic string, partition int, records []topic.Record) (int64, error) {
	if err := guard(f.lock.Held()); err != nil {
		return 0, err
	}
	return f.out.Produce(ctx, topic, partition, records)
}

// guard forbids a streamer to publish once the lock is lost.
func guard(err error) error {
	if errors.Is(err, source.ErrLockLost) {
		return errors.Join(stream.ErrMayNotPublish, err)
	}
	return err
}

// awaitPredecessor lets the lease of the run run out that wrote last, unless it was this
// one, has said that it writes no more, or is a process of this machine that is dead.
// The lock is ours by now, so its lease does not get longer.
func (s *Stage) awaitPredecessor(ctx context.Context) error {
	state, err := s.Topics.ReadSourceState(ctx, s.Names, s.Config.Name)
	if err != nil {
		return err
	}
	if last := state.Checkpoint; !state.Known || last.Released || last.Holder == s.holder || dead(last.Holder) {
		return nil
	}
	s.Log.Info().Dur("pause", source.Lease).Msg("the last capture of this source has not ended in order, and is given time to notice")
	if !sleep(ctx, source.Lease) {
		return ctx.Err()
	}
	return nil
}

// newHolder names a run: the machine's processes, this one's number among them, and
// something that no other run has.
func newHolder() string {
	return fmt.Sprintf("%s/%d/%s", processes(), os.Getpid(), rand.Text())
}

// dead reports whether a run was a process of this machine, and is no more. In doubt it
// is false.
func dead(holder string) bool {
	where, rest, _ := strings.Cut(holder, "/")
	number, _, _ := strings.Cut(rest, "/")
	pid, err := strconv.Atoi(number)
	return err == nil && pid > 0 && where != "" && where == processes() && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// processes names the set of processes that this one's number belongs to: the machine
// since it was booted, and the container. "" where the system does not tell.
func processes() string {
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	container, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(boot)) + " " + container
}
