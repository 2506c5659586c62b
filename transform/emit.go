package transform

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/segmentio/encoding/json"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform/assemble"
	"github.com/mage2sage/mage2sage/transform/state"
)

// An aggregate is what is known of a root. Its clock is the version of the newest commit that
// the rows belong to.
type aggregate struct {
	root  change.Root
	known state.Aggregate
	clock change.Version
}

// assemble builds the entities of a root and emits those whose content is not the one
// that was emitted last.
func (p *partition) assemble(ctx context.Context, b *batch, of aggregate) error {
	root, known := of.root, of.known
	if b.lookup == nil {
		b.lookup = p.references.lookup(ctx)
	}
	in := p.input(root, known)
	assembly, err := p.assembleWithoutPassedOver(in, known.Rows, b.lookup)
	if err != nil {
		var bad *RecordError
		if err = p.explain(err, known.Rows); errors.As(err, &bad) {
			bad.Root = root
			return p.stage.shelf.setAside(bad) // what was emitted stays, until the row changes again
		}
		return err
	}
	if b.lookup.err != nil {
		return fmt.Errorf("read reference data: %w", b.lookup.err)
	}
	if err := p.stage.shelf.assembled(p.part(), root, known.Rows); err != nil {
		return err
	}
	for _, row := range assembly.Orphans {
		if err := b.rows.Remove(root, row.Table, row.PK); err != nil {
			return err
		}
	}
	if assembly.Until > 0 {
		if err := b.rows.MarkDueAt(assembly.Until, root); err != nil {
			return err
		}
	}
	before := map[canonical.ID]state.Emitted{}
	for _, e := range known.Emitted {
		before[e.ID] = e
	}
	at := commitPoint{version: of.clock, tsms: max(newestTSMS(known.Rows), assembly.Since*1000)}
	for _, e := range assembly.Entities {
		m := emission{entity: e, root: root, before: before[e.ID()], at: at}
		m.read = m.forgotten() || !assemble.Created(e.ID(), in.Rows)
		if err := p.emit(b, m); err != nil {
			return err
		}
	}
	return nil
}

// input is what the store knows of a root, as assemble takes it.
func (p *partition) input(root change.Root, known state.Aggregate) assemble.Input {
	in := assemble.Input{Root: root, Complete: p.scan.state.Complete(), At: p.asOf(root, newestTSMS(known.Rows)/1000), Rows: make([]assemble.Row, len(known.Rows))}
	for i, r := range known.Rows {
		in.Rows[i] = assemble.Row{Table: r.Table, PK: r.PK, Value: r.Value, Deleted: r.Deleted, Created: r.Created}
	}
	for _, e := range known.Emitted {
		in.Emitted = append(in.Emitted, e.ID)
	}
	return in
}

// A commitPoint is when a state came about: the version of its commit, and the commit
// time of the newest row in Unix milliseconds, or the later moment at which a staged version
// took over.
type commitPoint struct {
	version change.Version
	tsms    int64
}

func (at commitPoint) time() time.Time { return time.UnixMilli(at.tsms).UTC() }

// ownTime is the time of a document; ok is false for an entity that has none.
func ownTime(e canonical.Entity) (own time.Time, ok bool) {
	dated, ok := e.(canonical.Dated)
	if !ok {
		return own, false
	}
	own, err := time.Parse(time.RFC3339, dated.Date())
	return own, err == nil
}

func newestTSMS(rows []state.Row) (tsms int64) {
	for _, r := range rows {
		tsms = max(tsms, r.TSMS)
	}
	return tsms
}

// An emission is an entity of a root, and what was emitted of it before.
type emission struct {
	entity canonical.Entity
	root   change.Root
	before state.Emitted
	at     commitPoint
	read   bool // if the entity is new, then a snapshot brought it
}

// forgotten reports whether the entity was emitted to a topic that has lost it.
func (m emission) forgotten() bool { return m.before.ID != "" && m.before.State == "" }

// emit queues an entity unless its content was emitted already.
func (p *partition) emit(b *batch, m emission) error {
	e, before := m.entity, m.before
	head, kind := e.Head(), e.ID().Kind()
	head.Schema, head.Source = canonical.SchemaName(kind), canonical.Source{Name: p.stage.Source, Root: m.root}
	hash, err := contentHash(e)
	if err != nil {
		return err
	}
	if hash == before.Hash && !before.Again {
		p.stage.metrics.unchanged.WithLabelValues(string(kind)).Inc()
		return nil
	}
	summary, err := assemble.Summarize(e, assemble.Previous{State: before.State, Deleted: before.Deleted, Read: m.read})
	if err != nil {
		return err
	}
	when := m.at.time()
	if own, ok := ownTime(e); ok && summary.Read {
		when = own
	}
	head.Version, head.OccurredAt = p.versionOf(m, hash), when.Format(time.RFC3339)
	value, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("encode %s: %w", e.ID(), err)
	}
	if !summary.Foots {
		p.stage.metrics.notFooting.WithLabelValues(string(kind)).Inc()
	}
	event := canonical.Event{ID: e.ID(), Version: head.Version, Type: summary.Event, Source: p.stage.Source, Root: m.root, Time: when}
	b.emit(kind, canonicalRecord(event, p.stage.written(kind, value)))
	return b.rows.SetEmitted(m.root, emittedOf(e, hash, summary))
}

// versionOf is the version of the newest change that led to an emission; what lacked reference
// data may have been completed by theirs. It never falls, and has one content: where that
// changes without a newer version, as by reference data that came late, by a record that was
// set aside and can be read now, by the end of a snapshot or by a staged version that takes over,
// the one after the last is taken.
func (p *partition) versionOf(m emission, hash [sha256.Size]byte) change.Version {
	version := m.at.version
	if m.before.Lacking {
		version = change.Latest(version, p.references.now().Version())
	}
	switch before := m.before; {
	case before.ID == "" || before.Version.Before(version):
		return version
	case hash == before.Hash:
		return before.Version
	default:
		return before.Version.Next()
	}
}

func emittedOf(e canonical.Entity, hash [sha256.Size]byte, s assemble.Summary) state.Emitted {
	head := e.Head()
	return state.Emitted{ID: e.ID(), Version: head.Version, Hash: hash, Deleted: head.Deleted, Lacking: s.Lacking, State: s.State}
}

func canonicalRecord(event canonical.Event, value []byte) topic.Record {
	r := topic.Record{Key: []byte(event.ID), Value: value}
	for _, h := range event.Headers() {
		r.Headers = append(r.Headers, topic.Header{Key: h.Name, Value: []byte(h.Value)})
	}
	return r
}

// explain says where the fault of an assembly comes from: from a record, as the scan that
// brought it met it, or from a later version that has written the state.
func (p *partition) explain(err error, rows []state.Row) error {
	var bad *assemble.RowError
	var aggregate *assemble.UnknownAggregateError
	var kind *canonical.UnknownKindError
	switch {
	case errors.As(err, &bad):
		for _, r := range rows {
			if r.Table == bad.Row.Table && r.PK == bad.Row.PK {
				return &RecordError{p.scan.at(r.Offset), keyOfRow(r.Table, r.PK), explainDecode("its row of "+r.Table, bad.Err), ""}
			}
		}
	case errors.As(err, &aggregate), errors.As(err, &kind):
		return &LaterStateError{err}
	}
	return err
}
