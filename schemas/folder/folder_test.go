package folder_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/folder"
)

func TestAFolderAndAllThatItHoldsAreItsOwnersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "by", "us")
	inner, file := filepath.Join(dir, "log"), filepath.Join(dir, "log", "segment")
	if err := folder.Private(dir); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{os.Mkdir(inner, 0o700), os.WriteFile(file, nil, 0o600),
		os.Chmod(dir, 0o755), os.Chmod(inner, 0o755), os.Chmod(file, 0o644)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := folder.Private(dir); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{dir: 0o700, inner: 0o700, file: 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s is %v, %v; want %v", path, info.Mode(), err, want)
		}
	}
}

func TestAFolderWhereEverybodyWritesIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	var shared *folder.SharedError
	for _, dir := range []string{dir, "/"} {
		if err := folder.Private(dir); !errors.As(err, &shared) {
			t.Errorf("%s: %v, want a SharedError", dir, err)
		}
	}
	if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o777 {
		t.Errorf("it is %v, %v; want it left alone", info.Mode(), err)
	}
}
