package topic

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
)

// A SourceState is what the offsets topic holds of one source.
type SourceState struct {
	// Pipeline is the identity of the topics, "" before capture has made it. The first
	// record counts: a second one cannot turn readers away from their own pipeline.
	Pipeline string
	// Checkpoint is the last that capture has saved. Known is false before the first.
	Checkpoint change.Checkpoint
	Known      bool
	// Progress is how far each domain's snapshot has come. An entry whose epoch is not
	// the checkpoint's is left over from an earlier epoch and must be ignored.
	Progress map[change.Domain]change.Progress
	// Tables is how far the snapshots of single tables have come, with the same rule.
	Tables map[string]change.Progress
	// Requests are the snapshots that were asked for.
	Requests Requests
	// Orders are what transform was told to do.
	Orders Orders
	// Heartbeats are the last words of every instance of a stage that has not ended in
	// good order and works on these topics.
	Heartbeats map[change.SourceKey]health.Heartbeat
	// Trail is how far the sink's audit trail went, 0 where the sink has not said so.
	Trail change.Trail
}

// Partitions is the pinned partition count of a domain, 0 where nothing is pinned.
func (s SourceState) Partitions(d change.Domain) int { return s.Checkpoint.Partitions[d] }

// ReadSourceState reads the offsets topic to its end. A topic that does not exist
// yet gives the empty state.
func (c *Client) ReadSourceState(ctx context.Context, names Names, source string) (SourceState, error) {
	state := SourceState{Progress: map[change.Domain]change.Progress{}, Tables: map[string]change.Progress{}}
	_, err := c.ReadAll(ctx, names.Offsets(), 0, func(r Record) error { return state.take(source, r) })
	if errors.Is(err, ErrUnknownTopic) {
		return state, nil
	}
	if err != nil {
		return SourceState{}, fmt.Errorf("read state of source %s: %w", source, err)
	}
	state.dropForeignHeartbeats()
	return state, nil
}

// ReadCheckpoint returns the checkpoint of ReadSourceState, with its pinned partition
// counts. known is false before capture has saved one.
func ReadCheckpoint(ctx context.Context, c *Client, names Names, source string) (at change.Checkpoint, known bool, err error) {
	state, err := c.ReadSourceState(ctx, names, source)
	return state.Checkpoint, state.Known, err
}

// take applies one record of the offsets topic. Records of other sources are skipped,
// and a later record of a key replaces an earlier one.
func (s *SourceState) take(source string, r Record) error {
	if string(r.Key) == change.PipelineKey {
		return s.takePipeline(r)
	}
	if string(r.Key) == change.TrailKey {
		s.takeTrail(r)
		return nil
	}
	var key change.SourceKey
	if err := json.Unmarshal(r.Key, &key); err != nil {
		return fmt.Errorf("decode key at offset %d: %w", r.Offset, err)
	}
	if key.Source != source {
		return nil
	}
	if key.Stage != "" {
		s.takeHeartbeat(key, r)
		return nil
	}
	if r.Value == nil && key.Request == "" && !isOrder(key) {
		return nil
	}
	if s.Pipeline != "" && r.Header(change.HeaderPipeline) != s.Pipeline {
		return nil // not capture's: a position of somebody else must not move it
	}
	if key.Request != "" {
		s.Requests.take(key, r)
		return nil
	}
	if isOrder(key) {
		s.Orders.take(key, r)
		return nil
	}
	if key.Snapshot == "" {
		s.Checkpoint, s.Known = change.Checkpoint{}, true
		return decodeAt(r, &s.Checkpoint)
	}
	var p change.Progress
	err := decodeAt(r, &p)
	if key.Table == "" {
		s.Progress[key.Snapshot] = p
	} else {
		s.Tables[key.Table] = p
	}
	return err
}

func (s *SourceState) takePipeline(r Record) error {
	if s.Pipeline != "" || r.Value == nil {
		return nil
	}
	var p change.Pipeline
	err := decodeAt(r, &p)
	s.Pipeline = p.ID
	return err
}

// takeTrail leaves alone what was said of the topics of another pipeline. A mark that does
// not decode stops nobody: it counts as the highest there is, so that the sink asks before it
// makes anything, and says anew how far its trail goes.
func (s *SourceState) takeTrail(r Record) {
	s.Trail = change.Trail{}
	if r.Value == nil || r.Header(change.HeaderPipeline) != s.Pipeline {
		return
	}
	if json.Unmarshal(r.Value, &s.Trail) != nil {
		s.Trail = change.Trail{Last: math.MaxInt64}
	}
}

// TrailRecord is the record of the offsets topic that says how far the sink's audit trail
// goes.
func TrailRecord(t change.Trail) (Record, error) {
	value, err := json.Marshal(t)
	if err != nil {
		return Record{}, fmt.Errorf("encode trail: %w", err)
	}
	return Record{Key: []byte(change.TrailKey), Value: value}, nil
}

// PipelineRecord is the record of the offsets topic that says whose topics these are.
func PipelineRecord(id string) (Record, error) {
	value, err := json.Marshal(change.Pipeline{ID: id})
	if err != nil {
		return Record{}, fmt.Errorf("encode pipeline: %w", err)
	}
	return Record{Key: []byte(change.PipelineKey), Value: value}, nil
}

// Stamp says of records which pipeline writes them.
func Stamp(records []Record, pipeline string) {
	for i := range records {
		r := &records[i]
		if !slices.ContainsFunc(r.Headers, func(h Header) bool { return h.Key == change.HeaderPipeline }) {
			r.Headers = append(r.Headers, Header{Key: change.HeaderPipeline, Value: []byte(pipeline)})
		}
	}
}

func decodeAt(r Record, into any) error {
	if err := json.Unmarshal(r.Value, into); err != nil {
		return fmt.Errorf("decode value at offset %d: %w", r.Offset, err)
	}
	return nil
}

// CheckpointRecord is the record of the offsets topic that saves a checkpoint.
func CheckpointRecord(source string, p change.Checkpoint) (Record, error) {
	return stateRecord(change.SourceKey{Source: source}, p)
}

// ProgressRecord is the record of the offsets topic that saves the progress of a snapshot.
func ProgressRecord(source string, of change.Scope, p change.Progress) (Record, error) {
	return stateRecord(change.SourceKey{Source: source, Snapshot: of.Domain, Table: of.Table}, p)
}

func stateRecord(key change.SourceKey, value any) (Record, error) {
	k, err := json.Marshal(key)
	if err != nil {
		return Record{}, fmt.Errorf("encode state key: %w", err)
	}
	v, err := json.Marshal(value)
	if err != nil {
		return Record{}, fmt.Errorf("encode state: %w", err)
	}
	return Record{Key: k, Value: v}, nil
}
