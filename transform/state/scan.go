package state

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A State is where transform stands in one raw partition.
type State struct {
	// Reading numbers the passages over the topic from its start; 0 is a fresh
	// store.
	Reading  uint32         `json:"reading"`
	Bookmark topic.Bookmark `json:"bookmark"`
	// Resumed is the last marker when this reading began; the topic is intact when
	// the reading comes to a marker that is not older.
	Resumed change.Version `json:"resumed"`
	// Marker is the newest commit marker that was ever read here.
	Marker change.Version `json:"marker"`
	// Closed is the offset after the last marker of this reading: what stands
	// behind belongs to a transaction that is still open.
	Closed int64 `json:"closed"`
	// Reached is the newest marker of this reading.
	Reached change.Version `json:"reached"`
	// Open is the beginning of a snapshot that has not ended, zero without one.
	Open change.Version `json:"open"`
	// Done is the beginning of the newest snapshot that ended; zero: the partition
	// was never whole, and what is absent may still come.
	Done change.Version `json:"done"`
	// DoneAt is the version of that end.
	DoneAt change.Version `json:"done_at"`
	// Ends is where each canonical partition stood after our last record.
	Ends map[canonical.Kind]int64 `json:"ends"`
	// Reference names the reference data that all roots were assembled with.
	Reference string `json:"reference"`
}

// Clock is the version of the newest commit or end of a snapshot.
func (s State) Clock() change.Version { return change.Latest(s.Marker, s.DoneAt) }

// Partition is one raw partition's share of the store.
type Partition struct {
	db                  *pebble.DB
	state, roots, dirty []byte // prefixes of its keys
}

// State reads where the partition stands; the zero State when it was never read.
func (p *Partition) State() (State, error) {
	var s State
	value, closer, err := p.db.Get(p.state)
	if errors.Is(err, pebble.ErrNotFound) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read state: %w", err)
	}
	defer closer.Close()
	if err := json.Unmarshal(value, &s); err != nil {
		return s, fmt.Errorf("decode state: %w", err)
	}
	return s, nil
}
