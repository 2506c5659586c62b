package simulator

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"time"
)

// A journal is an append-only file of accepted writes, one JSON object a line.
// Ids depend on the order of writes alone, so repeating the file rebuilds the
// same books, idempotency memory included.
type journal struct {
	file *os.File
}

// An accepted write as it stands in the journal.
type accepted struct {
	At       time.Time `json:"at"`
	Business string    `json:"business"`
	Method   string    `json:"method"`
	Resource string    `json:"resource"`
	ID       string    `json:"id,omitempty"`
	Action   string    `json:"action,omitempty"`
	Query    string    `json:"query,omitempty"`
	Body     string    `json:"body,omitempty"`
}

// openJournal repeats the journal in DataDir and goes on writing to it.
func (s *Server) openJournal() error {
	file, err := os.OpenFile(filepath.Join(s.o.DataDir, "writes.jsonl"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("open journal: %w", err)
	}
	end, err := s.repeat(file)
	if err != nil {
		return fmt.Errorf("repeat journal: %w", err)
	}
	if err := file.Truncate(end); err != nil {
		return fmt.Errorf("cut torn journal line: %w", err)
	}
	if _, err := file.Seek(end, io.SeekStart); err != nil {
		return fmt.Errorf("open journal: %w", err)
	}
	s.journal = &journal{file}
	return nil
}

// repeat applies every whole line and returns where the last one ends.
func (s *Server) repeat(file io.Reader) (end int64, err error) {
	clock := s.o.Clock
	defer func() { s.setClock(clock) }()
	lines := bufio.NewReader(file)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return end, nil // the rest was torn by a crash
		}
		var w accepted
		if err := json.Unmarshal(line, &w); err != nil {
			return end, fmt.Errorf("line at byte %d: %w", end, err)
		}
		s.setClock(func() time.Time { return w.At })
		if err := s.again(w); err != nil {
			return end, fmt.Errorf("line at byte %d: %w", end, err)
		}
		end += int64(len(line))
	}
}

func (s *Server) setClock(clock func() time.Time) {
	s.o.Clock = clock
	for _, c := range s.companies {
		c.books.Clock = clock
	}
}

func (s *Server) again(w accepted) error {
	query, err := url.ParseQuery(w.Query)
	company := s.byID[w.Business]
	if err != nil || company == nil {
		return fmt.Errorf("unknown business %s", w.Business)
	}
	a := newAnswer()
	s.dispatch(a, &call{
		server: s, company: company, books: company.books, method: w.Method, resource: w.Resource,
		id: w.ID, action: w.Action, query: query, body: []byte(w.Body), note: &Call{},
	})
	if a.status >= 300 {
		return fmt.Errorf("%s %s now answers %d: %s", w.Method, w.Resource, a.status, a.body.String())
	}
	return nil
}

// append writes one accepted call; kill -9 loses nothing that was written, a
// power cut may.
func (j *journal) append(c *call, now time.Time) error {
	if j == nil {
		return nil
	}
	line, err := json.Marshal(accepted{now, c.books.ID, c.method, c.resource, c.id, c.action, c.query.Encode(), string(c.body)})
	if err != nil {
		return fmt.Errorf("append to journal: %w", err)
	}
	if _, err := j.file.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("append to journal: %w", err)
	}
	return nil
}

func (j *journal) close() error {
	if j == nil {
		return nil
	}
	return j.file.Close()
}
