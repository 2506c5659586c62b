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
	return stateRecord(key, h)
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
func (s *SourceState) takeHeartbeat(key change.SourceKey, value []byte) {
	var h health.Heartbeat
	if value == nil || json.Unmarshal(value, &h) != nil {
		delete(s.Heartbeats, key)
		return
	}
	if s.Heartbeats == nil {
		s.Heartbeats = map[change.SourceKey]health.Heartbeat{}
	}
	s.Heartbeats[key] = h
}
