package state

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/cockroachdb/pebble/v2"
)

func TestAFolderOfAnotherFormatIsRefusedWithTheWayOut(t *testing.T) {
	for name, key := range map[string]string{"another format": "f", "none, as before formats were named": "sales"} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "state")
			must(t, os.Mkdir(dir, 0o700))
			old, err := pebble.Open(dir, &pebble.Options{Logger: silent{}})
			must(t, err)
			must(t, old.Set([]byte(key), []byte("1"), pebble.Sync))
			must(t, old.Close())
			db, err := Open(dir)
			if !errors.Is(err, ErrOtherFormat) {
				t.Errorf("%v, want ErrOtherFormat", err)
			}
			if err == nil {
				db.Close()
			}
		})
	}
}

func TestAFolderOfThisFormatOpensAgain(t *testing.T) {
	dir := t.TempDir()
	for range 2 {
		db, err := Open(dir)
		must(t, err)
		must(t, db.Close())
	}
}
