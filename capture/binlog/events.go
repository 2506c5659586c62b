package binlog

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
)

// Nearly all of a log are table maps and rows, and most of them are of tables that are not
// captured. These two are read here, from their bytes; the library parses the rest.

// errEvent says that an event ends before what it has to hold.
var errEvent = errors.New("an event is shorter than its kind")

// noTable is the table id of the event that ends a statement without rows.
const noTable = 0xffffff

// event takes one event as the log holds it. The library panics over some that are shorter
// than they should be, with a text that may hold bytes of rows.
func (s *Session) event(raw []byte) (err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("an event near %s: %w", s.inside, errEvent)
		}
	}()
	return s.dispatch(raw)
}

func (s *Session) dispatch(raw []byte) error {
	if len(raw) < replication.EventHeaderSize+s.trailer || int(binary.LittleEndian.Uint32(raw[9:])) != len(raw) {
		return fmt.Errorf("an event near %s: %w", s.inside, errEvent)
	}
	kind := replication.EventType(raw[4])
	if kind != replication.TABLE_MAP_EVENT && kind != replication.TRANSACTION_PAYLOAD_EVENT && !isRows(kind) {
		return s.parse(raw)
	}
	if at := binary.LittleEndian.Uint32(raw[13:]); at > 0 {
		s.inside = position.Position{File: s.inside.File, Pos: uint64(at)}
		s.starts = uint64(at) - uint64(len(raw))
	}
	body := raw[replication.EventHeaderSize : len(raw)-s.trailer]
	if kind == replication.TRANSACTION_PAYLOAD_EVENT {
		s.failed = s.payload(body)
	} else {
		s.failed = s.tableOrRows(kind, body)
	}
	return s.failed
}

func (s *Session) tableOrRows(kind replication.EventType, body []byte) error {
	if kind == replication.TABLE_MAP_EVENT {
		return s.meets(body)
	}
	return s.rows(kind, body)
}

func isRows(kind replication.EventType) bool {
	return kind >= replication.WRITE_ROWS_EVENTv1 && kind <= replication.DELETE_ROWS_EVENTv1 ||
		kind >= replication.WRITE_ROWS_EVENTv2 && kind <= replication.DELETE_ROWS_EVENTv2 ||
		kind == replication.PARTIAL_UPDATE_ROWS_EVENT ||
		kind >= replication.MARIADB_WRITE_ROWS_COMPRESSED_EVENT_V1 && kind <= replication.MARIADB_DELETE_ROWS_COMPRESSED_EVENT_V1
}

// parse has the library read an event.
func (s *Session) parse(raw []byte) error {
	e, err := parsed(s.parser, raw)
	if err != nil {
		return err
	}
	if _, ok := e.Event.(*replication.FormatDescriptionEvent); ok {
		s.format = withoutChecksums(raw)
	}
	return s.HandleEvent(e)
}

// parsed has the library read an event, but for a list of GTIDs: it would make room for as
// many as the list says to have, and nobody needs them.
func parsed(parser *replication.BinlogParser, raw []byte) (*replication.BinlogEvent, error) {
	if replication.EventType(raw[4]) != replication.MARIADB_GTID_LIST_EVENT {
		return parser.Parse(raw)
	}
	header := &replication.EventHeader{}
	return &replication.BinlogEvent{RawData: raw, Header: header, Event: &replication.GenericEvent{}}, header.Decode(raw)
}

// meets takes a table map. One that is known, byte for byte, needs nothing; nor does one
// whose names are those of a table that is not captured.
func (s *Session) meets(body []byte) error {
	id, names, err := mapNames(body)
	if err != nil {
		return fmt.Errorf("a table map near %s: %w", s.inside, err)
	}
	if p := s.plans[id]; p != nil && bytes.Equal(p.raw, body) {
		return nil
	}
	if bytes.Equal(s.others[id], names) {
		return nil
	}
	schema := names[1 : 1+names[0]]
	table := names[len(schema)+3:]
	if _, captured := s.config.table(string(schema), string(table[:len(table)-1])); !captured {
		delete(s.plans, id)
		if len(s.others) >= rememberedTables {
			clear(s.others)
		}
		s.others[id] = bytes.Clone(names)
		return nil
	}
	e, err := s.parseMap(body)
	if err != nil {
		return err
	}
	delete(s.others, id)
	return s.mapTable(body, e)
}

// rememberedTables bounds the ids of tables that are not captured. A server gives a table
// a new one when it opens it anew.
const rememberedTables = 10_000

// mapNames finds the table id, and the part of a table map that names schema and table: each
// a length of one byte, the text and a zero.
func mapNames(body []byte) (id uint64, names []byte, err error) {
	const at = 8 // behind six bytes of id and two of flags
	if len(body) <= at {
		return 0, nil, errEvent
	}
	end := at + 1 + int(body[at]) + 1
	if len(body) <= end {
		return 0, nil, errEvent
	}
	if end += 1 + int(body[end]) + 1; len(body) < end {
		return 0, nil, errEvent
	}
	return tableID(body), body[at:end], nil
}

func tableID(body []byte) uint64 {
	return uint64(binary.LittleEndian.Uint32(body)) | uint64(binary.LittleEndian.Uint16(body[4:]))<<32
}

// parseMap has the library read a table map, with a parser of its own: one keeps every map
// until it has parsed rows, which none here does. It reads COMPRESSED columns as plain ones,
// which it knows.
func (s *Session) parseMap(body []byte) (*replication.TableMapEvent, error) {
	parser, err := s.plainParser()
	if err != nil {
		return nil, err
	}
	raw := eventOf(replication.TABLE_MAP_EVENT, body)
	types, err := mapTypes(raw[replication.EventHeaderSize:])
	if err != nil {
		return nil, err
	}
	real := bytes.Clone(types)
	copy(types, plainTypes(real))
	whole, err := parser.Parse(raw)
	if err != nil {
		return nil, err
	}
	e := whole.Event.(*replication.TableMapEvent)
	e.ColumnType = real
	return e, nil
}

// plainParser reads events without checksums.
func (s *Session) plainParser() (*replication.BinlogParser, error) {
	parser := replication.NewBinlogParser()
	parser.SetFlavor(s.config.Flavor)
	_, err := parser.Parse(s.format)
	return parser, err
}

// withoutChecksums is a format description event that says that events have no checksums:
// how they are made is said five bytes before its end.
func withoutChecksums(format []byte) []byte {
	format = bytes.Clone(format)
	format[len(format)-5] = byte(replication.BINLOG_CHECKSUM_ALG_OFF)
	return format
}

// A rowsEvent is a rows event taken apart as far as that is the same for all tables.
type rowsEvent struct {
	table         uint64
	kind          replication.EnumRowsEventType
	columns       int
	first, second []byte // which columns the images have; second is nil but for updates
	images        []byte // perhaps compressed
}

// readRows reads the front of a rows event: table id (6), flags (2), from version 2 on a
// length that counts itself and what it is of, the number of columns, and bits for each.
func readRows(kind replication.EventType, body []byte) (e rowsEvent, err error) {
	const fixed = 8
	if len(body) < fixed+2 {
		return e, errEvent
	}
	e.table, e.kind = tableID(body), kindOf(kind)
	rest := body[fixed:]
	if kind >= replication.WRITE_ROWS_EVENTv2 && kind <= replication.DELETE_ROWS_EVENTv2 || kind == replication.PARTIAL_UPDATE_ROWS_EVENT {
		n := int(binary.LittleEndian.Uint16(rest))
		if n < 2 || len(rest) < n+1 {
			return e, errEvent
		}
		rest = rest[n:]
	}
	if e.columns, rest, err = columnCount(rest); err != nil {
		return e, err
	}
	bits := (e.columns + 7) / 8
	if len(rest) < bits {
		return e, errEvent
	}
	e.first, rest = rest[:bits], rest[bits:]
	if e.kind == replication.EnumRowsEventTypeUpdate || e.kind == partialUpdate {
		if len(rest) < bits {
			return e, errEvent
		}
		e.second, rest = rest[:bits], rest[bits:]
	}
	e.images = rest
	return e, nil
}

// columnCount reads how many columns a table has: a byte, or two behind 252. No table has
// as many as a longer form would need.
func columnCount(b []byte) (n int, rest []byte, err error) {
	switch {
	case len(b) > 0 && b[0] <= 250:
		return int(b[0]), b[1:], nil
	case len(b) > 2 && b[0] == 252:
		return int(binary.LittleEndian.Uint16(b[1:])), b[3:], nil
	}
	return 0, nil, errEvent
}

// kindOf is what a rows event does to its rows.
func kindOf(t replication.EventType) replication.EnumRowsEventType {
	switch t {
	case replication.WRITE_ROWS_EVENTv1, replication.WRITE_ROWS_EVENTv2, replication.MARIADB_WRITE_ROWS_COMPRESSED_EVENT_V1:
		return replication.EnumRowsEventTypeInsert
	case replication.DELETE_ROWS_EVENTv1, replication.DELETE_ROWS_EVENTv2, replication.MARIADB_DELETE_ROWS_COMPRESSED_EVENT_V1:
		return replication.EnumRowsEventTypeDelete
	case replication.PARTIAL_UPDATE_ROWS_EVENT:
		return partialUpdate
	}
	return replication.EnumRowsEventTypeUpdate
}

// partialUpdate is an update whose JSON columns may be logged in parts; it is beside the
// library's kinds.
const partialUpdate replication.EnumRowsEventType = 100

// rows decodes the rows of a captured table.
func (s *Session) rows(kind replication.EventType, body []byte) error {
	if len(body) < 6 {
		return fmt.Errorf("rows near %s: %w", s.inside, errEvent)
	}
	id := tableID(body)
	p := s.plans[id]
	if p == nil || s.passing {
		if p == nil && s.others[id] == nil && id != noTable {
			return fmt.Errorf("rows near %s are of table %d, which no table map names", s.inside, id)
		}
		return nil
	}
	if p.doubted {
		s.passRows()
		return nil
	}
	e, err := readRows(kind, body)
	if err != nil || e.columns != len(p.columns) {
		return fmt.Errorf("rows of %s at %s: %w", p.name, s.inside, cmp.Or(err, errEvent))
	}
	images, err := s.flavor.rows(kind, e.images)
	if err != nil {
		return fmt.Errorf("uncompress rows of %s: %w", p.name, err)
	}
	if err := p.complete(e.first, e.second); err != nil {
		err.At = s.inside
		return err
	}
	changes, err := p.changes(s.batch, e.kind, e.first, e.second, images)
	if errors.Is(err, errPartial) {
		return &UnreadableError{"a JSON value of " + p.name + " of which only the change is logged", s.inside,
			"type SET GLOBAL binlog_row_value_options=''; and see that no session sets it, then start again: a new snapshot is taken"}
	}
	if err != nil {
		return fmt.Errorf("decode rows of %s at %s: %w", p.name, s.inside, err)
	}
	return s.emitRows(row.Event{Step: row.Rows, At: s.inside, Starts: s.starts, Layout: p.layout, Changes: changes})
}
