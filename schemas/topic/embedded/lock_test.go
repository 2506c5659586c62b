package embedded_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

func TestASecondBrokerOnTheSameFolderIsRefused(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir, "")
	defer b.Close()
	second, err := embedded.Start(dir, "")
	if err == nil {
		second.Close()
		t.Fatal("two brokers write one folder")
	}
	if !strings.Contains(err.Error(), "kafka.data_dir") || !strings.Contains(err.Error(), fmt.Sprintf("process %d has %s", os.Getpid(), dir)) {
		t.Errorf("%v: want what to change, and which process has the folder", err)
	}
	if addr, err := embedded.Find(dir); err != nil || addr != b.Addr {
		t.Errorf("after the refusal the folder names %q, %v; want the first, %q", addr, err, b.Addr)
	}
}

func TestAFolderIsLockedBeforeItIsLookedAt(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir, "")
	defer b.Close()
	big, err := os.Create(filepath.Join(dir, "log", "big"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(big.Truncate(embedded.MaxBytes+1), big.Close()); err != nil {
		t.Fatal(err)
	}
	if second, err := embedded.Start(dir, ""); err == nil || !strings.Contains(err.Error(), "process ") {
		t.Errorf("%v, %v; want the process that has the folder, not a word on what it has written there so far", second, err)
	}
}

// TestTheFolderStaysLockedAsLongAsTheBrokerRuns guards against a lock that nobody holds:
// the runtime closes a file that nothing refers to any more.
func TestTheFolderStaysLockedAsLongAsTheBrokerRuns(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir, "")
	for range 3 {
		runtime.GC()
		time.Sleep(time.Millisecond) // finalizers run in a goroutine of their own
	}
	if second, err := embedded.Start(dir, ""); err == nil {
		second.Close()
		t.Error("a second broker has the folder")
	}
	b.Close()
	start(t, dir, "").Close()
}
