// Package folder keeps what a stage writes on disk from the other users of the machine:
// names and addresses of customers stand in it.
package folder

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// A SharedError is returned by Private for a folder that cannot be ours alone.
type SharedError struct{ Dir string }

func (e *SharedError) Error() string {
	return fmt.Sprintf("folder %s is shared with other programs, and what is written there is for mage2sage's user alone: name a folder of its own in the config file", e.Dir)
}

// Private makes a folder that only its owner may enter (0700). One that exists is
// corrected with all that it holds: folders to 0700, files to 0600. So is what the
// process makes from then on, anywhere: the libraries that write there would let
// everybody read it, and take no mode. Private returns a SharedError for the root of the
// file system and for folders such as /tmp, where everybody may write.
func Private(dir string) error {
	syscall.Umask(0o077)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make folder %s: %w", dir, err)
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("look at folder %s: %w", dir, err)
	}
	whole, err := filepath.Abs(dir)
	if err != nil {
		return fmt.Errorf("look at folder %s: %w", dir, err)
	}
	if info.Mode()&os.ModeSticky != 0 || whole == filepath.Dir(whole) {
		return &SharedError{dir}
	}
	if err := narrow(dir, info); err != nil {
		return err
	}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() && !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		return narrow(path, info)
	})
}

// narrow takes from a file or folder what group and others may do.
func narrow(path string, info fs.FileInfo) error {
	if info.Mode().Perm()&0o077 == 0 {
		return nil
	}
	if err := os.Chmod(path, info.Mode().Perm()&0o700); err != nil {
		return fmt.Errorf("other users may read %s: %w: make it mage2sage's user's own", path, err)
	}
	return nil
}
