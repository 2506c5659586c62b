package binlog

import (
	"context"
	"crypto/tls"
	"fmt"
	"sync"
	"time"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/secret"
)

const (
	// heartbeat is how often an idle server says how far its log has come. The stream's
	// boundaries, and with them a snapshot's chunks, wait for it where nothing is written.
	heartbeat = time.Second
	// readTimeout is when a server that says nothing is taken for dead: ten heartbeats, so
	// that a pause of the server or of the network is not a new session.
	readTimeout = 10 * time.Second
	// dialTimeout is when a host that does not answer is given up.
	dialTimeout = 5 * time.Second
	// receiveBuffer lets the server send on while rows are being decoded.
	receiveBuffer = 1 << 20
	// queued bounds the batches between the reader and its user, to two megabytes and
	// enough for the reader not to wait for each request to Kafka.
	queued = 2 << 20 / row.BatchBytes
)

// Config is what a Session needs to know.
type Config struct {
	// Flavor is go-mysql's name of the server's kind, such as "mariadb".
	Flavor   string
	Host     string
	Port     uint16
	Socket   string // a Unix socket in place of Host and Port
	User     string
	Password secret.String
	TLS      *tls.Config // nil: plain
	// ServerID is the replica id that no other replica of the server has.
	ServerID uint32
	// Name is the host name under which SHOW SLAVE HOSTS lists us.
	Name     string
	Database string
	// Numbered says that every transaction has a GTID, on which the session's user relies.
	Numbered bool
	// FoldNames compares names of databases and tables without regard to case, as a
	// server does whose lower_case_table_names is not 0. Tables' keys are in lower case
	// then.
	FoldNames bool
	// Tables are the captured tables by the name that they have in the shop.
	Tables map[string]magento.Table
	// Charsets gives the character set of a collation's id.
	Charsets map[uint64]string
	// TableType is information_schema's TABLE_TYPE, such as "VIEW"; "" where no table of the
	// name can be seen.
	TableType func(database, table string) (string, error)
	// HasHistoryPartitions reports whether a captured table is partitioned by what of it is
	// past. Whatever makes it so is a loss: where it is so now, it was so before.
	HasHistoryPartitions func(table string) (bool, error)
	// Layouts are the columns that tables have where the session begins, by the name of
	// Tables. The session takes out each that is altered; those that are missing are not known.
	Layouts map[string][]row.Definition
	// Doubts are the tables in doubt where the session begins, by the name of Tables. The
	// session takes out each whose doubt is over.
	Doubts map[string]Doubt
	// Understood is called when rows of a table begin to be read by its columns, with the
	// table's name in schemas/magento; nil when nobody asks.
	Understood func(table string)
	// Columns reads a table's columns of now from information_schema, in their order.
	Columns func(table string) ([]row.Definition, error)
}

// port is 0 for a socket: the library takes the host for its path then.
func (c Config) port() uint16 {
	if c.Socket != "" {
		return 0
	}
	return c.Port
}

// A Session is one connection that reads the log.
type Session struct {
	config Config
	dump   *dump
	events chan *row.Batch
	free   chan *row.Batch // read by their user, to be filled again
	stop   context.CancelFunc
	ctx    context.Context
	once   sync.Once

	flavor flavor

	// Of the reading goroutine alone:
	from        position.From           // where the session began
	created     int64                   // when the file at hand was begun, 0 when not known
	executed    mysql.GTIDSet           // the transactions begun so far, those of from included
	at          position.Position       // end of the last event outside of a transaction
	inside      position.Position       // end of the last event
	starts      uint64                  // where the last table map, rows or compressed transaction begins
	open        bool                    // in a transaction
	prepared    map[string]*preparation // by XID
	transaction transaction             // the open one, or the last
	parser      *replication.BinlogParser
	format      []byte            // the last format description event, as if events had no checksums
	plans       map[uint64]*plan  // of captured tables, by table id
	others      map[uint64][]byte // names of tables that are not captured, by table id
	batch       *row.Batch        // what was read and is not handed on yet
	trailer     int               // bytes of checksum at the end of each event
	seeking     bool              // where by place the session began is not known yet
	passing     bool              // in the transaction that another server has proved itself by
	failed      error             // what a handler returned

	err error // why events was closed
}

// Open connects and begins to read. ctx bounds the whole session.
func Open(ctx context.Context, c Config, from position.From) (*Session, error) {
	begin := from.GTID
	if from.Again.GTID != "" {
		begin, from.At = from.Again.Before, position.Position{}
	}
	flavor, executed, err := parseGTIDSet(c.Flavor, begin)
	if err != nil {
		return nil, fmt.Errorf("open binlog: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	s := &Session{
		config: c, ctx: ctx, stop: stop, events: make(chan *row.Batch, queued), free: make(chan *row.Batch, queued+2),
		flavor: flavor, executed: executed, from: from, at: from.At, seeking: from.ByGTID, prepared: map[string]*preparation{},
		parser: replication.NewBinlogParser(), plans: map[uint64]*plan{}, others: map[uint64][]byte{},
	}
	s.parser.SetFlavor(c.Flavor)
	if !s.seeking {
		s.crossDoubts()
	}
	s.batch = row.NewBatch(s.free)
	s.dump, err = s.connect()
	if err != nil {
		stop()
		return nil, classify(err, from.At)
	}
	context.AfterFunc(ctx, s.dump.close)
	go s.run()
	return s, nil
}

// connect asks the server for the log.
func (s *Session) connect() (*dump, error) {
	d, err := dial(s.ctx, &s.config)
	if err != nil {
		return nil, err
	}
	if err := s.flavor.start(d, s.from, s.executed); err != nil {
		d.close()
		return nil, err
	}
	return d, nil
}

// Events is closed when the session has ended; then Err tells why.
func (s *Session) Events() <-chan *row.Batch { return s.events }

// Err is why the session ended: a LostError, an UnreadableError, or a failure
// after which a new session may succeed.
func (s *Session) Err() error { return s.err }

// Close ends the session and waits for its goroutine.
func (s *Session) Close() {
	s.once.Do(func() {
		s.stop()
		for range s.events { //nolint:revive // waits for run
		}
	})
}

// run reads until the session ends.
func (s *Session) run() {
	defer close(s.events)
	err := s.follow()
	// The user has to stand where the session could not read on: from there a doubt counts,
	// and one that lies before what was published costs a snapshot of the shop.
	_ = s.handOn()
	ended := s.ctx.Err() != nil
	s.stop()
	s.dump.leave()
	switch {
	case s.failed != nil:
		s.err = s.failed
	case ended:
		s.err = context.Canceled
	default:
		s.err = classify(err, s.inside)
	}
}

// follow takes the server's packets. What was read is handed on before waiting for more.
func (s *Session) follow() error {
	for {
		if s.dump.waiting() {
			if err := s.handOn(); err != nil {
				return err
			}
		}
		packet, err := s.dump.next()
		if err != nil {
			return err
		}
		if len(packet) == 0 {
			return errEvent
		}
		switch packet[0] {
		case mysql.OK_HEADER:
			if err := s.event(packet[1:]); err != nil {
				return err
			}
		case mysql.ERR_HEADER:
			return s.dump.refusal(packet)
		}
	}
}

// emit adds an event to the batch at hand. A full one is handed on, which waits for the
// user; the error is the end of the session.
func (s *Session) emit(e row.Event) error {
	e.Created = s.created
	s.batch.Events = append(s.batch.Events, e)
	if !s.batch.Full() {
		return nil
	}
	return s.handOn()
}

// handOn hands the batch at hand to the user and begins another.
func (s *Session) handOn() error {
	if len(s.batch.Events) == 0 {
		return nil
	}
	select {
	case s.events <- s.batch:
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
	select {
	case s.batch = <-s.free:
	default:
		s.batch = row.NewBatch(s.free)
	}
	return nil
}
