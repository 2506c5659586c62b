package oauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// A state is what File holds: tokens only; codes live too short to matter.
type state struct {
	Access   map[string]accessToken `json:"access"`
	Families []*family              `json:"families"`
}

// Load takes the tokens of an earlier run from File, if there is one.
func (s *Server) Load() error {
	text, err := os.ReadFile(s.o.File)
	if s.o.File == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("load tokens: %w", err)
	}
	var saved state
	if err := json.Unmarshal(text, &saved); err != nil {
		return fmt.Errorf("load tokens from %s: %w", s.o.File, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for token, t := range saved.Access {
		s.access[token] = t
	}
	for _, f := range saved.Families {
		for _, token := range append(f.Ended, f.Live) {
			s.family[token] = f
		}
	}
	return nil
}

// save writes File before an answer is given, so a client never holds a token
// that a restart forgets. The caller holds the lock.
func (s *Server) save() error {
	if s.o.File == "" {
		return nil
	}
	saved := state{Access: s.access}
	for token, f := range s.family {
		if token == f.Live {
			saved.Families = append(saved.Families, f)
		}
	}
	text, err := json.Marshal(saved)
	if err != nil {
		return fmt.Errorf("save tokens: %w", err)
	}
	if err := os.WriteFile(s.o.File+".new", text, 0o600); err != nil {
		return fmt.Errorf("save tokens: %w", err)
	}
	return os.Rename(s.o.File+".new", s.o.File)
}
