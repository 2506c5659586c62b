// Package folder keeps what a stage writes on disk from the other users of the machine:
// names and addresses of customers stand in it.
package folder

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// A SharedError is returned by Private for a folder that cannot be ours alone.
type SharedError struct{ Dir string }

func (e *SharedError) Error() string {
	return fmt.Sprintf("folder %s is shared with other programs, and what is written there is for mage2sage's user alone: name a folder of its own in the config file", e.Dir)
}

// An OpenError is returned by Private for a folder that other users may enter and that
// holds something already. It may be anybody's, so nothing in it is changed.
type OpenError struct{ Dir string }

func (e *OpenError) Error() string {
	return fmt.Sprintf("other users may read folder %s, and names and addresses are written there: if it is mage2sage's alone, type: chmod -R go-rwx %s; else name another folder in the config file", e.Dir, e.Dir)
}

// Private makes a folder that only its owner may enter (0700); an empty one is corrected.
// What the process makes from then on, anywhere, is for its owner alone too (0600): the
// libraries that write there would let everybody read it, and take no mode. Private
// returns an OpenError for a folder that is neither empty nor closed, and a SharedError
// for the root of the file system and for folders such as /tmp, where everybody may write.
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
	switch {
	case err != nil:
		return fmt.Errorf("look at folder %s: %w", dir, err)
	case info.Mode()&os.ModeSticky != 0 || whole == filepath.Dir(whole):
		return &SharedError{dir}
	case info.Mode().Perm()&0o077 == 0:
		return nil
	}
	held, err := os.ReadDir(dir)
	switch {
	case err != nil:
		return fmt.Errorf("look at folder %s: %w", dir, err)
	case len(held) > 0:
		return &OpenError{dir}
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return fmt.Errorf("other users may read %s: %w: make it mage2sage's user's own", dir, err)
	}
	return nil
}
