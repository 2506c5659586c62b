package transform

import (
	"errors"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform/assemble"
	"github.com/mage2sage/mage2sage/transform/state"
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
		if !there || a.Root != "" { // its partition does it, and assembles the root
			continue
		}
		if err := s.dropLocked(at); err != nil {
			return err
		}
		s.logPassedOver(a)
	}
	return nil
}

func (s *shelf) logPassedOver(a state.Aside) {
	s.stage.Log.Info().Str("topic", a.At.Topic).Int("partition", a.At.Partition).Int64("offset", a.At.Offset).
		Str("reason", a.Reason).Msg("record passed over for good, as somebody has decided")
}

// holding are the records that keep roots of a partition from being assembled, and of which somebody
// has decided that they are passed over.
func (s *shelf) holding(of part) (all []state.Aside) {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.parts[of] {
		if a.Root != "" && s.skipped(a.At) {
			all = append(all, a)
		}
	}
	return all
}

// markPassedOver makes the roots dirty that a record holds back which is passed over now. What else
// has changed of them was held back, too.
func (p *partition) markPassedOver() (marked bool, err error) {
	all := p.stage.shelf.holding(p.part())
	if len(all) == 0 {
		return false, nil
	}
	b := p.store.Begin()
	defer b.Close()
	for _, a := range all {
		if err := b.MarkDue(a.Root); err != nil {
			return false, err
		}
	}
	if err := b.Commit(); err != nil {
		return false, err
	}
	for _, a := range all {
		if err := p.stage.shelf.drop(a.At); err != nil {
			return true, err
		}
		p.stage.shelf.logPassedOver(a)
	}
	return true, nil
}

// assembleWithoutPassedOver makes the entities of a root, without the rows that none can be made of and
// whose records are passed over. An entity that such a row has by itself stays as it was.
func (p *partition) assembleWithoutPassedOver(in assemble.Input, rows []state.Row, ref assemble.Reference) (assemble.Assembly, error) {
	for {
		assembly, err := assemble.Assemble(in, ref)
		var bad *assemble.RowError
		if !errors.As(err, &bad) || !slices.ContainsFunc(rows, func(r state.Row) bool {
			return r.Table == bad.Row.Table && r.PK == bad.Row.PK && p.stage.shelf.skipped(p.scan.at(r.Offset))
		}) {
			return assembly, err
		}
		in.Complete = false
		in.Rows = slices.DeleteFunc(in.Rows, func(r assemble.Row) bool { return r.Table == bad.Row.Table && r.PK == bad.Row.PK })
		in.Emitted = slices.DeleteFunc(in.Emitted, func(id canonical.ID) bool { return strings.HasSuffix(bad.Row.PK, ":"+id.Text()+"}") })
	}
}
