package servers

import (
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// A folder whose lock is gone is swept away by the next run, under a server that lives.
func TestTheFolderOfASharedServerStaysLocked(t *testing.T) {
	const arg = "--max-connections=299"
	SourceWithForTest(t, arg)
	kept, ok := binaryServers.Load(sourceName + " " + arg)
	if !ok {
		t.Fatal("the server is not kept")
	}
	folder := kept.(*binaryServer).set.Dir()
	kept = nil
	for range 3 {
		runtime.GC()
		<-time.After(50 * time.Millisecond) // finalizers run beside
	}
	if lock, err := lockFile(filepath.Join(folder, "lock"), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
		lock.Close()
		t.Error("nobody holds the lock on the folder of a server that lives")
	}
}
