package binlog

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
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
	// queued bounds the events between the reader and its user. One event is about as
	// large as binlog_row_event_max_size (8 KiB) or as one wide row, so that this is a few
	// megabytes, and enough for the reader not to wait for each request to Kafka.
	queued = 512
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
	syncer *replication.BinlogSyncer
	events chan row.Event
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
	open        bool                    // in a transaction
	prepared    map[string]*preparation // by XID
	transaction transaction             // the open one, or the last
	plans       map[uint64]*plan        // by table id; nil for tables that are not captured
	trailer     int                     // bytes of checksum at the end of each event
	bodies      [][]byte                // undecoded bodies of the rows events that come next
	taken       int                     // of bodies
	seeking     bool                    // where by place the session began is not known yet
	passing     bool                    // in the transaction that another server has proved itself by
	failed      error                   // what a handler returned

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
		config: c, ctx: ctx, stop: stop, events: make(chan row.Event, queued),
		flavor: flavor, executed: executed, from: from, at: from.At, seeking: from.ByGTID, plans: map[uint64]*plan{}, prepared: map[string]*preparation{},
	}
	s.syncer = replication.NewBinlogSyncer(replication.BinlogSyncerConfig{
		ServerID: c.ServerID, Flavor: c.Flavor,
		Host: cmp.Or(c.Socket, c.Host), Port: c.port(), User: c.User, Password: c.Password.Reveal(), TLSConfig: c.TLS,
		Localhost: c.Name, Charset: "utf8mb4",
		HeartbeatPeriod: heartbeat, ReadTimeout: readTimeout, RecvBufferSize: receiveBuffer,
		Dialer:           (&net.Dialer{Timeout: dialTimeout}).DialContext,
		DisableRetrySync: true, DiscardGTIDSet: true,
		Logger:                  slog.New(slog.DiscardHandler),
		RowsEventDecodeFunc:     s.takeRows,
		SynchronousEventHandler: s,
	})
	streamer, err := flavor.start(s.syncer, from, executed)
	if err != nil {
		stop()
		s.syncer.Close()
		return nil, classify(err, from.At)
	}
	go s.await(streamer)
	return s, nil
}

// Events is closed when the session has ended; then Err tells why.
func (s *Session) Events() <-chan row.Event { return s.events }

// Err is why the session ended: a LostError, an UnreadableError, or a failure
// after which a new session may succeed.
func (s *Session) Err() error { return s.err }

// Close ends the session and waits for its goroutines.
func (s *Session) Close() {
	s.once.Do(func() {
		s.stop()
		s.syncer.Close()
		for range s.events { //nolint:revive // waits for await
		}
	})
}

// await ends the session with the reading goroutine.
func (s *Session) await(streamer *replication.BinlogStreamer) {
	defer close(s.events)
	_, err := streamer.GetEvent(s.ctx)
	s.stop()
	s.syncer.Close() // after it the reading goroutine has ended
	switch {
	case s.failed != nil:
		s.err = s.failed
	case errors.Is(err, context.Canceled):
		s.err = context.Canceled
	default:
		s.err = classify(err, s.inside)
	}
}

// emit hands an event to the user, or gives up when the session ends.
func (s *Session) emit(e row.Event) error {
	e.Created = s.created
	select {
	case s.events <- e:
		return nil
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}
