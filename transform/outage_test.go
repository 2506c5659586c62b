package transform

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

// restartable is a world whose broker keeps its address and its folder.
func restartable(t *testing.T) (w *world, away, back func()) {
	t.Helper()
	dir := t.TempDir()
	b, err := embedded.Start(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	addr := b.Addr
	w = &world{t: t, addr: addr, client: dial(addr), names: topic.Names{Prefix: "m"}, pipeline: testPipeline, markers: map[string]change.Version{}, begun: map[change.Domain]change.Version{}}
	t.Cleanup(w.client.Close)
	t.Cleanup(func() { b.Close() })
	w.makeTopics()
	return w, func() { b.Close() }, func() {
		if b, err = embedded.Start(dir, addr); err != nil {
			t.Fatal(err)
		}
	}
}

// redial gives the test a client that remembers nothing of the topics before.
func (w *world) redial() {
	w.client = dial(w.addr)
	w.t.Cleanup(w.client.Close)
}

func TestABrokerThatIsAwayIsOutlivedAndNamedOnce(t *testing.T) {
	t.Parallel()
	w, away, back := restartable(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	var log logBuffer
	board := &health.Board{}
	r := w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.New(&log), Health: board})
	r.settled()
	away()
	r.eventually(2*time.Minute, "the board names the broker and what to do", func() bool {
		all := board.Troubles()
		return len(all) == 1 && all[0].About == "topics" && strings.Contains(all[0].Problem, "broker") && all[0].Hint != ""
	})
	back()
	w.redial()
	w.commit(12, append(orderRows(2), invoiceRows(2, 1)...)...)
	r.eventually(2*time.Minute, "the new invoice is out", func() bool { return len(w.types("invoice:2")) == 1 })
	r.eventually(time.Minute, "the board is empty", func() bool { return len(board.Troubles()) == 0 })
	all := strings.Join(log.lines(), "\n")
	if strings.Count(all, "transform works again") != 1 || strings.Contains(all, "[-1]") || strings.Contains(all, "deadline exceeded") {
		t.Errorf("the log says\n%s\nwant the end once, and no words of the library", all)
	}
	if n := strings.Count(all, "transform waits"); n < 1 || n > 3 {
		t.Errorf("it says %d times that it waits:\n%s", n, all)
	}
}

func TestATopicThatIsDeletedIsWaitedForAndReadAnew(t *testing.T) {
	t.Parallel()
	for _, d := range []change.Domain{change.Reference, change.Sales} {
		t.Run(string(d), func(t *testing.T) {
			w := newWorld(t)
			w.whole()
			w.commit(10, referenceRows("General")...)
			w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
			board := &health.Board{}
			r := w.startWith(&Stage{Config: Config{StateDir: t.TempDir()}, Log: zerolog.Nop(), Health: board})
			r.settled()
			name, count := w.names.Raw(d), w.rawTopics()[w.names.Raw(d)]
			w.delete(name)
			r.eventually(2*time.Minute, "the board names the topic", func() bool {
				all := board.Troubles()
				return len(all) == 1 && strings.Contains(all[0].Problem, name) && all[0].Hint != ""
			})
			w.redial()
			w.must(w.client.Ensure(t.Context(), []topic.Spec{{Name: name, Partitions: count}}))
			w.snapshot(change.KindSnapshotBegin, d, 100)
			w.commit(101, referenceRows("General")...)
			w.commit(102, append(append(orderRows(1), invoiceRows(1, 1)...), append(orderRows(2), invoiceRows(2, 1)...)...)...)
			w.snapshot(change.KindSnapshotEnd, d, 103)
			r.eventually(2*time.Minute, "the new invoice is out", func() bool { return len(w.types("invoice:2")) == 1 })
			r.eventually(time.Minute, "the board is empty", func() bool { return len(board.Troubles()) == 0 })
		})
	}
}

func TestAStageThatBeginsOnAFullDiskSaysSoAtOnceAndWaits(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64m,mode=0700"); err != nil {
		t.Skip("a small disk needs root: ", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 65<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("filled: %v", err)
	}
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	board := &health.Board{}
	news := board.News()
	r := w.startWith(&Stage{Config: Config{StateDir: dir}, Log: zerolog.Nop(), Health: board})
	select {
	case <-news: // the heart sends it without waiting for the next heartbeat
	case <-time.After(10 * time.Second):
		t.Fatal("nothing is told")
	}
	all := board.Troubles()
	if len(all) != 1 || !strings.Contains(all[0].String(), "the disk of transform.state_dir is full: transform waits since 20") || all[0].Hint != "make room on it" {
		t.Fatalf("the board says %v, want the full disk, since when and what to do", all)
	}
	w.must(os.Remove(ballast))
	r.settled()
	r.eventually(time.Minute, "the invoice is out", func() bool { return len(w.types("invoice:1")) == 1 })
	r.eventually(time.Minute, "the board is empty", func() bool { return len(board.Troubles()) == 0 })
}
