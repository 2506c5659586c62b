package stream

import (
	"bytes"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/capture/stream/debezium"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// TableTopics says how the records of rows go into a topic for each table too, as Debezium
// writes them. They go out with those of the domains, and are acknowledged before a
// checkpoint speaks of them; what a crash repeats is there twice.
type TableTopics struct {
	Connector string // mariadb or mysql: which of Debezium's connectors writes such records
	Prefix    string // of the shop's tables
	// Layouts are those of the captured tables as they are now, by name without the prefix.
	Layouts map[string]*row.Layout
}

// tablesLabel is what the metric of records has in place of a domain.
const tablesLabel = "tables"

// A tableWriter collects the records of table topics. A nil one does nothing.
type tableWriter struct {
	publisher *publisher
	source    debezium.Source // but for the table
	prefix    string
	topics    map[string]*tableTopic // by name without the prefix
	origin    debezium.Origin
	change    row.Change // the one at hand, where it is one of the log
}

// A tableTopic is the topic of one table.
type tableTopic struct {
	partitions []*partition
	layout     *row.Layout
	writer     *debezium.Table
	order      int // of its last record within the transaction
}

// newTableWriter has a topic for each layout, with the partitions of its domain's.
func newTableWriter(c Config, p *publisher) *tableWriter {
	if c.Tables == nil {
		return nil
	}
	w := &tableWriter{publisher: p, prefix: c.Tables.Prefix, topics: map[string]*tableTopic{},
		source: debezium.Source{Connector: c.Tables.Connector, Name: c.Names.Prefix, Database: c.Database, ServerID: c.ServerID}}
	for name, layout := range c.Tables.Layouts {
		t := &tableTopic{}
		for number := range c.EndOffsets[layout.Table.Domain] {
			t.partitions = append(t.partitions, &partition{topic: c.Names.Table(c.Database, w.prefix+name), label: tablesLabel, number: number})
		}
		p.tables = append(p.tables, t.partitions...)
		w.topics[name] = t
		w.learn(layout)
	}
	return w
}

// learn has the rows of a table written by the layout that they have now.
func (w *tableWriter) learn(l *row.Layout) {
	t := w.topics[l.Table.Name]
	if t == nil || t.layout == l {
		return
	}
	source := w.source
	source.Table = w.prefix + l.Table.Name
	var columns []debezium.Column
	for _, c := range l.Columns {
		columns = append(columns, debezium.Column{Name: c.Name, Kind: tableKinds[c.Kind]})
	}
	t.layout, t.writer = l, debezium.NewTable(l.Table.Name, columns, source)
}

// tableKinds are the kinds of values that Debezium writes otherwise than package row.
var tableKinds = map[row.Kind]debezium.Kind{
	row.Integer: debezium.Integer, row.Timestamp: debezium.Timestamp,
	row.DateTime: debezium.DateTime, row.Date: debezium.Date, row.Time: debezium.Time,
}

// begin opens a transaction.
func (w *tableWriter) begin(e row.Event) {
	if w == nil {
		return
	}
	w.open(debezium.Origin{TSUS: e.TSMS*1e3 + e.Micros, GTID: e.GTID, Transaction: e.GTID})
	if e.GTID == "" {
		w.origin.Transaction = debezium.TransactionAt(e.At.File, e.At.Pos)
	}
}

// open forgets the transaction before.
func (w *tableWriter) open(o debezium.Origin) {
	for _, t := range w.topics {
		t.order = 0
	}
	w.origin, w.change = o, row.Change{}
}

// event takes the place of the rows that follow.
func (w *tableWriter) event(e row.Event) {
	if w == nil {
		return
	}
	w.learn(e.Layout)
	w.origin.File, w.origin.Pos = e.At.File, e.Starts
}

// row takes the change whose records follow.
func (w *tableWriter) row(i int, c row.Change) {
	if w != nil {
		w.origin.Row, w.change = i, c
	}
}

// chunk opens a chunk of a snapshot.
func (w *tableWriter) chunk(l *row.Layout, gtid string, at position.Position) {
	if w == nil {
		return
	}
	w.learn(l)
	w.open(debezium.Origin{Snapshot: true, TSUS: time.Now().UnixMicro(), GTID: gtid, File: at.File, Pos: at.Pos})
}

// gone opens what stands in for a transaction when rows are published of which the log says
// nothing: it is named by where the log stood.
func (w *tableWriter) gone(gtid string, at position.Position) {
	if w != nil {
		w.open(debezium.Origin{TSUS: time.Now().UnixMicro(), GTID: gtid, File: at.File, Pos: at.Pos, Transaction: debezium.TransactionAt(at.File, at.Pos)})
	}
}

// RepeatDeletes has the topics of tables told of deleted rows once more, before the log goes on:
// those of the domains tell of them already. It is called before Run.
func (s *Streamer) RepeatDeletes(rows []Gone) {
	s.tables.gone(s.checkpoint.Last, s.position)
	for i, r := range rows {
		before := publishable{img: &row.Image{JSON: r.Row, Key: r.Key}, root: r.Root}
		s.tables.publish(r.Table, change.Delete, before, publishable{}, i+1)
	}
}

// publish collects the record of one change, the order-th of its transaction, and behind a
// delete its tombstone, in the partition that the root has in the domain's topic.
func (w *tableWriter) publish(t magento.Table, op change.Op, before, after publishable, order int) {
	if w == nil || w.topics[t.Name] == nil {
		return
	}
	at, last := w.topics[t.Name], after
	if op == change.Delete {
		last = before
	}
	at.order++
	w.origin.Now, w.origin.TotalOrder, w.origin.CollectionOrder = time.Now(), order, at.order
	m := &w.publisher.memory
	r := topic.Record{
		Key:     at.writer.AppendKey(m.bytes(len(last.img.Key)), last.img.Key),
		Headers: w.headers(at, op),
	}
	r.Value = at.writer.AppendEnvelope(m.bytes(tableEnvelopeSize+jsonSize(before)+jsonSize(after)), op, jsonOf(before), jsonOf(after), &w.origin)
	q := at.partitions[0]
	if last.root != "" {
		q = at.partitions[topic.Partition(last.root, len(at.partitions))]
	}
	w.publisher.collect(q, r)
	if op == change.Delete {
		r.Value = nil
		w.publisher.collect(q, r)
	}
}

// tableEnvelopeSize is more than Debezium's envelope has around its images, as envelopeSize.
const tableEnvelopeSize = 768

// headers name the other key of a row whose primary key was changed.
func (w *tableWriter) headers(t *tableTopic, op change.Op) []topic.Header {
	all, c := w.publisher.memory.noHeaders(), w.change
	if c.Before == nil || c.After == nil || op == change.Update || bytes.Equal(c.Before.Key, c.After.Key) {
		return all
	}
	if op == change.Delete {
		return append(all, topic.Header{Key: debezium.HeaderNewKey, Value: t.writer.AppendKey(nil, c.After.Key)})
	}
	return append(all, topic.Header{Key: debezium.HeaderOldKey, Value: t.writer.AppendKey(nil, c.Before.Key)})
}

func jsonOf(p publishable) []byte {
	if p.img == nil {
		return nil
	}
	return p.img.JSON
}

func jsonSize(p publishable) int { return len(jsonOf(p)) }
