package topic

import (
	"encoding/json"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
)

// HeartbeatRecord is the record of the offsets topic that says how an instance of a stage
// is; key has its stage.
func HeartbeatRecord(key change.SourceKey, h health.Heartbeat) (Record, error) {
	r, err := stateRecord(key, h)
	if err == nil && h.Pipeline != "" {
		r.Headers = []Header{{Key: change.HeaderPipeline, Value: []byte(h.Pipeline)}}
	}
	return r, err
}

// HeartbeatEnd is the tombstone that strikes an instance out.
func HeartbeatEnd(key change.SourceKey) (Record, error) {
	k, err := json.Marshal(key)
	if err != nil {
		return Record{}, fmt.Errorf("encode state key: %w", err)
	}
	return Record{Key: k}, nil
}

// takeHeartbeat keeps the newest word of an instance. One that does not decode is as good
// as none: nobody's work depends on it.
func (s *SourceState) takeHeartbeat(key change.SourceKey, r Record) {
	var h health.Heartbeat
	if r.Value == nil || json.Unmarshal(r.Value, &h) != nil {
		delete(s.Heartbeats, key)
		return
	}
	h.Pipeline = r.Header(change.HeaderPipeline)
	if s.Heartbeats == nil {
		s.Heartbeats = map[change.SourceKey]health.Heartbeat{}
	}
	s.Heartbeats[key] = h
}

// dropForeignHeartbeats forgets those of instances that work on other topics: whoever had
// the prefix before, on a broker that was made anew since, does nothing for this pipeline.
func (s *SourceState) dropForeignHeartbeats() {
	for key, h := range s.Heartbeats {
		if h.Pipeline != s.Pipeline {
			delete(s.Heartbeats, key)
		}
	}
}
