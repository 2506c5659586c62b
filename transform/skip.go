package transform

import (
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// skipped reports whether somebody has decided that a record is passed over. The decision stands
// in the offsets topic, so that a state which is made anew keeps to it, whoever has the partition.
func (s *shelf) skipped(at topic.Coordinates) bool {
	if s == nil || s.stage.orders == nil {
		return false
	}
	skips := s.stage.orders.now().Skips
	if len(skips) == 0 { // of almost every shop; all records come through here
		return false
	}
	_, skipped := skips[at]
	return skipped
}

// skip takes from the shelf what somebody has decided to pass over.
func (s *shelf) skip(skips map[topic.Coordinates]change.Skip) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at := range skips {
		a, there := s.parts[part{at.Topic, at.Partition}][at.Offset]
		if !there {
			continue
		}
		if err := s.dropLocked(at); err != nil {
			return err
		}
		s.stage.Log.Info().Str("topic", at.Topic).Int("partition", at.Partition).Int64("offset", at.Offset).
			Str("reason", a.Reason).Msg("record passed over for good, as somebody has decided")
	}
	return nil
}
