package transform

import "errors"

// Config is the transform part of the configuration file.
type Config struct {
	// StateDir is the folder of transform's state. It may be lost: then the topics are
	// read again from their beginning. One process uses it at a time.
	StateDir string `yaml:"state_dir"`
}

// Validate reports what is missing.
func (c Config) Validate() error {
	if c.StateDir == "" {
		return errors.New("transform.state_dir: name a folder for transform's state, such as var/state")
	}
	return nil
}
