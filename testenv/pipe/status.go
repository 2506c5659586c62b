package pipe

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
)

// A Status is what `mage2sage status -o json` says about how far the stages are.
type Status struct {
	Pipeline *struct { // null when the topics could not be asked
		Position *struct { // null before capture's first
			File string `json:"file"`
			Pos  uint64 `json:"pos"`
		} `json:"position"`
		Lags []struct {
			Stage   string `json:"stage"`
			Topic   string `json:"topic"`
			Records *int64 `json:"records"` // null while the stage does not work
		} `json:"lags"`
	} `json:"pipeline"`
}

// String is the status as JSON.
func (s Status) String() string {
	data, err := json.Marshal(s)
	if err != nil {
		return err.Error()
	}
	return string(data)
}

// Status runs `mage2sage status -o json`. Its exit code is a verdict and no failure.
func (p *Pipe) Status(ctx context.Context) (s Status, err error) {
	out, err := p.Run(ctx, "status", "-o", "json")
	if verdict := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &verdict) || out == "") {
		return s, err
	}
	if err := json.Unmarshal([]byte(out), &s); err != nil {
		return s, fmt.Errorf("read status: %w", err)
	}
	return s, nil
}

// Passed reports whether capture has passed a place in the source's log, and transform
// and sink have read all that stands in their topics.
func (s Status) Passed(file string, pos uint64) bool {
	if s.Pipeline == nil || s.Pipeline.Position == nil {
		return false
	}
	at := s.Pipeline.Position
	if at.File < file || at.File == file && at.Pos < pos {
		return false
	}
	for _, lag := range s.Pipeline.Lags {
		if lag.Records == nil || *lag.Records != 0 {
			return false
		}
	}
	return true
}
