package transform

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A sleeper is a stage in a process of its own, which stops itself with SIGSTOP at the
// worst moment: it has assembled, and will not know that it slept. The test wakes it when
// another stage has taken over and emitted what is newer.
const (
	sleeperBroker  = "MAGE2SAGE_TEST_SLEEPER_BROKER"
	sleeperPrefix  = "MAGE2SAGE_TEST_SLEEPER_PREFIX"
	sleeperDir     = "MAGE2SAGE_TEST_SLEEPER_DIR"
	sleeperSession = 2 * time.Second
)

// sleeper is the whole program of the process. It sleeps before its next request once there
// is a file "sleep" in its folder.
func sleeper(addr string) {
	dir := os.Getenv(sleeperDir)
	there := func(name string) bool {
		_, err := os.Stat(filepath.Join(dir, name))
		return err == nil
	}
	var once sync.Once
	s := &Stage{
		Config: Config{StateDir: filepath.Join(dir, "state")}, Source: "shop", Names: topic.Names{Prefix: os.Getenv(sleeperPrefix)}, Topics: topic.Dial([]string{addr}),
		SessionTimeout: sleeperSession, Log: zerolog.Nop(), fetchWait: 50 * time.Millisecond, dirtyLimit: 20,
		assembled: func() {
			if !there("sleep") {
				return
			}
			once.Do(func() {
				os.WriteFile(filepath.Join(dir, "asleep"), nil, 0o600)
				syscall.Kill(os.Getpid(), syscall.SIGSTOP)
				for !there("wake") { // a thread may run on for a moment after the signal
					time.Sleep(time.Millisecond)
				}
			})
		},
	}
	s.Run(context.Background())
	os.Exit(1)
}

func (w *world) sleeper(dir string) *exec.Cmd {
	w.t.Helper()
	self, err := os.Executable()
	w.must(err)
	child := exec.Command(self)
	child.Env = append(os.Environ(), sleeperBroker+"="+w.addr, sleeperPrefix+"="+w.names.Prefix, sleeperDir+"="+dir)
	child.Stderr = os.Stderr
	w.must(child.Start())
	w.t.Cleanup(func() {
		child.Process.Kill()
		child.Wait()
	})
	return child
}

func TestAStageThatSleptLongerThanItsSessionEmitsNothing(t *testing.T) {
	t.Parallel()
	w, dir := newWorldAnywhere(t), t.TempDir()
	w.whole()
	w.commit(10, referenceRows("General")...)
	for id := 1; id <= 9; id++ {
		w.commit(uint64(10+id), append(orderRows(id), invoiceRows(id, 1)...)...)
	}
	child := w.sleeper(dir)
	outside := &running{w: w, done: make(chan error, 1)} // what is seen from outside
	outside.settled()
	w.must(os.WriteFile(filepath.Join(dir, "sleep"), nil, 0o600))
	w.commit(30, invoiceRow(1, 1, columns{"increment_id": "older"}))
	outside.eventually(time.Minute, "it sleeps", func() bool {
		_, err := os.Stat(filepath.Join(dir, "asleep"))
		return err == nil
	})
	w.commit(31, invoiceRow(1, 2, columns{"increment_id": "newer"}))
	successor := w.start(t.TempDir())
	successor.settled()
	w.must(os.WriteFile(filepath.Join(dir, "wake"), nil, 0o600))
	w.must(child.Process.Signal(syscall.SIGCONT))
	// It is awake, and a member again, when it takes its share of what follows.
	successor.end()
	w.commit(32, append(invoiceRows(2, 2), invoiceRow(3, 2, nil), invoiceRow(4, 2, nil))...)
	outside.eventually(time.Minute, "it works again", func() bool { return len(w.types("invoice:4")) == 2 })
	w.newest() // fails when a version falls
	if got := w.types("invoice:1"); len(got) != 2 {
		t.Errorf("the invoice's events are %v, want the first state and the newest", got)
	}
}

// A former member whose request was on its way while it slept cannot be kept from writing.
func TestWhatAFormerMemberWroteLateIsEmittedAgain(t *testing.T) {
	t.Parallel()
	w := newWorldAnywhere(t)
	w.whole()
	at := topic.Partition("order/1", partitions)
	former, successor := w.apart(at), w.apart(at)
	late, newer := former.begin(), successor.begin()
	defer late.close()
	defer newer.close()
	w.must(former.emit(late, invoiceEmission(1, 3)))
	w.must(successor.emit(newer, invoiceEmission(1, 5)))
	if next, err := newer.flush(t.Context()); next != nil || err != nil {
		t.Fatalf("the successor's flush gives %p, %v", next, err)
	}
	next, err := late.flush(t.Context())
	if next == nil || err != nil {
		t.Fatalf("the flush behind another's records gives %p, %v; want the state that opens the partition", next, err)
	}
	successor.fetched.empty = true
	seen, err := successor.compareEnds(t.Context())
	if seen == nil || err != nil {
		t.Fatalf("the successor looks at the ends and gives %p, %v; want the state that opens the partition", seen, err)
	}
	for name, c := range map[string]struct {
		p    *partition
		open stateFunc
	}{"the former member": {former, next}, "its successor": {successor, seen}} {
		if _, err := c.open(t.Context()); err != nil {
			t.Fatal(err)
		}
		b := c.p.store.Begin()
		known, _, err := b.FindEmitted("order/1", "invoice:1")
		b.Close()
		dirty, _ := c.p.store.DirtyAfter("", 9)
		if err != nil || known.Version != version(5) || !known.Again || len(dirty) != 1 {
			t.Errorf("%s knows %+v, and the roots %v are due; want version 5, to be emitted again", name, known, dirty)
		}
		if next, err := c.p.compareEnds(t.Context()); next != nil || err != nil {
			t.Errorf("%s looks again and gives %p, %v; want to stay", name, next, err)
		}
	}
}

func TestACanonicalTopicThatIsDeletedWhileTheStageIsLiveIsFilledAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.whole()
	w.commit(10, referenceRows("General")...)
	w.commit(11, append(orderRows(1), invoiceRows(1, 1)...)...)
	r := w.start(t.TempDir())
	r.settled()
	name := w.names.Canonical(string(canonical.KindInvoice))
	w.delete(name)
	r.eventually(time.Minute, "the invoice is out again", func() bool {
		w.redial()
		n, err := w.client.PartitionCount(t.Context(), name)
		return err == nil && n > 0 && len(w.types("invoice:1")) == 1
	})
}
