package folder_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/folder"
)

// mode is what users may do with a file or folder.
func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().Perm()
}

func TestAFolderAndWhatIsMadeInItAreItsOwnersAlone(t *testing.T) {
	made, empty := filepath.Join(t.TempDir(), "made", "by", "us"), t.TempDir()
	if err := os.Chmod(empty, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{made, empty} {
		if err := folder.Private(dir); err != nil {
			t.Fatal(err)
		}
		inner, file := filepath.Join(dir, "log"), filepath.Join(dir, "log", "segment")
		for _, err := range []error{os.Mkdir(inner, 0o755), os.WriteFile(file, nil, 0o644), folder.Private(dir)} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for path, want := range map[string]os.FileMode{dir: 0o700, inner: 0o700, file: 0o600} {
			if got := mode(t, path); got != want {
				t.Errorf("%s is %v, want %v", path, got, want)
			}
		}
	}
}

// A person may name a folder of the system's by mistake, and the process may be root's.
func TestAFolderThatIsOpenAndHoldsSomethingIsRefusedAndLeftAlone(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "somebody's")
	for _, err := range []error{os.WriteFile(file, nil, 0o600), os.Chmod(file, 0o644), os.Chmod(dir, 0o755)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	var wide *folder.OpenError
	if err := folder.Private(dir); !errors.As(err, &wide) || !strings.Contains(err.Error(), "chmod -R go-rwx "+dir) {
		t.Errorf("%v, want an OpenError with the command to type", err)
	}
	if mode(t, dir) != 0o755 || mode(t, file) != 0o644 {
		t.Errorf("they are %v and %v, want them left alone", mode(t, dir), mode(t, file))
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
