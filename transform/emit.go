package transform

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	store "github.com/mage2sage/mage2sage/transform/state"
)

// assemble builds the entities of a root and emits those whose content is not the
// one that stands in the canonical topic. clock is the newest commit that the rows
// belong to.
func (p *partition) assemble(ctx context.Context, step *step, root change.Root, clock change.Version) error {
	loaded, err := step.Load(root)
	if err != nil {
		return err
	}
	if step.view == nil {
		step.view = p.references.view(ctx)
	}
	built, err := build(root, loaded.Rows, p.whole(), step.view)
	if err != nil {
		return p.undecodable(err)
	}
	if step.view.err != nil {
		return fmt.Errorf("read reference data: %w", step.view.err)
	}
	for _, row := range built.orphans {
		if err := step.Remove(row); err != nil {
			return err
		}
	}
	at := moment{clock: clock, tsms: latest(loaded.Rows)}
	before := map[canonical.ID]store.Emitted{}
	for _, e := range loaded.Emitted {
		before[e.ID] = e
	}
	for _, e := range built.entities {
		if err := p.emit(step, root, e, before[e.ID()], at); err != nil {
			return err
		}
		delete(before, e.ID())
	}
	return p.emitDeleted(step, root, built, loaded.Emitted, before, at)
}

// emitDeleted emits those of which something was emitted and nothing is left.
func (p *partition) emitDeleted(step *step, root change.Root, b built, in []store.Emitted, left map[canonical.ID]store.Emitted, at moment) error {
	for _, e := range in {
		if _, absent := left[e.ID]; !absent || !b.gone(e.ID) {
			continue
		}
		if err := p.emit(step, root, deleted(e.ID, root), e, at); err != nil {
			return err
		}
	}
	return nil
}

// A moment is when a state came about: the version of its commit, and the commit
// time of the newest row in Unix milliseconds.
type moment struct {
	clock change.Version
	tsms  int64
}

func latest(rows []store.Row) (tsms int64) {
	for _, r := range rows {
		tsms = max(tsms, r.TSMS)
	}
	return tsms
}

// emit queues an entity unless its content stands already.
func (p *partition) emit(step *step, root change.Root, e canonical.Entity, before store.Emitted, at moment) error {
	head := e.Head()
	head.Schema, head.Source = canonical.SchemaName(e.ID().Kind()), canonical.Source{Name: p.stage.Source, Root: root}
	hash, err := contentHash(e)
	if err != nil {
		return err
	}
	kind := string(e.ID().Kind())
	if hash == before.Hash {
		p.stage.Metrics.unchanged.WithLabelValues(kind).Inc()
		return nil
	}
	when := time.UnixMilli(at.tsms).UTC()
	head.Version, head.OccurredAt = change.Latest(before.Version, at.clock), when.Format(time.RFC3339)
	value, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode %s: %w", e.ID(), err)
	}
	if !foots(e) {
		p.stage.Metrics.notFooting.WithLabelValues(kind).Inc()
	}
	event := canonical.Event{ID: e.ID(), Version: head.Version, Type: eventType(e, before), Source: p.stage.Source, Time: when}
	step.emit(e.ID().Kind(), record(event, value))
	return step.SetEmitted(root, store.Emitted{
		ID: e.ID(), Version: head.Version, Hash: hash, Deleted: head.Deleted, State: stateOf(e),
	})
}

func record(event canonical.Event, value []byte) topic.Record {
	r := topic.Record{Key: []byte(event.ID), Value: value}
	for _, h := range event.Headers() {
		r.Headers = append(r.Headers, topic.Header{Key: h.Name, Value: []byte(h.Value)})
	}
	return r
}

// contentHash names what an entity says.
func contentHash(e canonical.Entity) ([32]byte, error) {
	content, err := json.Marshal(e.Content())
	if err != nil {
		return [32]byte{}, fmt.Errorf("encode content of %s: %w", e.ID(), err)
	}
	return sha256.Sum256(content), nil
}

// undecodable names the record of a row that does not fit its table.
func (p *partition) undecodable(err error) error {
	if bad, ok := err.(*rowError); ok && bad.row.Reading == p.state.Reading {
		return &RecordError{p.place(bad.row.Offset), err}
	}
	return err
}
