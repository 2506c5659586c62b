package source

import (
	"cmp"
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/secret"
)

// Options say which database of which server a shop has, and as whom to log in.
type Options struct {
	Host        string
	Port        int
	Socket      string // a Unix socket in place of Host and Port
	User        string
	Password    secret.String
	TLS         *tls.Config // nil: plain
	Database    string
	TablePrefix string // Magento's table_prefix
	// ServerID is the replica id under which we are going to read the log.
	ServerID uint32
	// Replica is the host name under which the server lists us among its replicas. No
	// other reader of its log has the same.
	Replica string
	// Readers is how many connections a snapshot reads over.
	Readers int
	// Groups are the parts of the shop that were asked for.
	Groups []magento.Group
	// Attributes are the codes of the EAV attributes whose values may leave, by the kind of
	// their aggregate. Tables of values are captured only where there is one.
	Attributes map[string][]string
}

// Address is host:port, or the path of a socket.
func (o Options) Address() string {
	return cmp.Or(o.Socket, net.JoinHostPort(o.Host, strconv.Itoa(o.Port)))
}

const (
	// answerWithin bounds the first question to a server, so that a silent host is a
	// fault that can be named and not a start that hangs.
	answerWithin = 10 * time.Second
	// dialTimeout is half of it: a connection that takes longer leaves no time to ask.
	dialTimeout = 5 * time.Second
	// readTimeout is long because the first row of a chunk may wait for a busy disk.
	readTimeout = 5 * time.Minute
	// writeTimeout only ever bounds a short statement.
	writeTimeout = time.Minute
	// connections is enough for the lock, the look-ups of the stream and what looks at the
	// server beside them, and few enough not to matter to a shop's max_connections. The
	// readers of a snapshot come on top.
	connections = 6
	// idleTime closes the connections of a snapshot that is done.
	idleTime = time.Minute
)

// A Database is one shop's database. It is safe for concurrent use.
type Database struct {
	options Options
	db      *sql.DB
	// Server is who answered.
	Server  Server
	dialect dialect
	// tables are those that were asked for and that the shop has, as it keeps them, by their
	// logical name; absent are those that it may lack, and does.
	tables map[string]magento.Table
	absent map[string]bool
}

// A Server is what is known of the one that answered.
type Server struct {
	Version string
	ID      uint32 // @@server_id
	UUID    string // MySQL's @@server_uuid, "" on MariaDB
	Flavor  string // the name under which package binlog reads its log
	// FoldsNames says that the server compares the names of databases and tables without
	// regard to case (lower_case_table_names is not 0). What it logs may then be written
	// otherwise than what was configured; the Database's own names are in lower case.
	FoldsNames bool
	user       string // CURRENT_USER(): 'name'@'host'
}

// Open connects and asks who answers. It returns a SetupError when nobody does, when
// the user is refused, and when capture does not read such a server.
func Open(ctx context.Context, o Options) (*Database, error) {
	db, err := open(o)
	if err != nil {
		return nil, err
	}
	d := &Database{options: o, db: db}
	if err := d.identify(ctx); err != nil {
		db.Close()
		return nil, err
	}
	if err := d.learnTables(ctx); err != nil {
		db.Close()
		return nil, err
	}
	return d, nil
}

// open prepares connections that speak UTC and utf8mb4 and get every value as text.
func open(o Options) (*sql.DB, error) {
	m := mysql.NewConfig()
	m.User, m.Passwd = o.User, o.Password.Reveal()
	m.Net, m.Addr = "tcp", o.Address()
	if o.Socket != "" {
		m.Net = "unix"
	}
	m.TLS, m.DialFunc = o.TLS, dialBuffered
	m.Collation = "utf8mb4_general_ci"
	m.Params = map[string]string{"time_zone": "'+00:00'"}
	m.InterpolateParams = true
	m.Timeout, m.ReadTimeout, m.WriteTimeout = dialTimeout, readTimeout, writeTimeout
	m.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(m)
	if err != nil {
		return nil, fmt.Errorf("prepare connection: %w", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(connections + o.Readers)
	db.SetConnMaxIdleTime(idleTime)
	return db, nil
}

// Close closes all connections.
func (d *Database) Close() error { return d.db.Close() }

func (d *Database) identify(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	s := &d.Server
	err := d.db.QueryRowContext(ctx, "SELECT VERSION(), @@global.server_id, CURRENT_USER(), @@global.lower_case_table_names <> 0").
		Scan(&s.Version, &s.ID, &s.user, &s.FoldsNames)
	if err != nil {
		return connectError(d.options, err)
	}
	name, host, _ := strings.Cut(s.user, "@")
	s.user = "'" + name + "'@'" + host + "'"
	if d.dialect = dialectOf(s.Version); d.dialect == nil {
		return &SetupError{Problem: "the server is " + s.Version, Hint: "MariaDB 10.6 and MySQL 8.0 are the oldest that are supported"}
	}
	if d.dialect, err = d.dialect.met(ctx, d.db, s.Version); err != nil {
		return err
	}
	s.Flavor, s.UUID = d.dialect.flavor(), d.dialect.uuid()
	if s.FoldsNames {
		d.options.Database, d.options.TablePrefix = strings.ToLower(d.options.Database), strings.ToLower(d.options.TablePrefix)
	}
	return nil
}

// EndOfLog is where the server's log ends, with the same place as GTIDs.
func (d *Database) EndOfLog(ctx context.Context) (position.From, error) {
	return d.dialect.endOfLog(ctx, d.db)
}

// LogPosition is where the server's log ends.
func (d *Database) LogPosition(ctx context.Context) (position.Position, error) {
	return d.dialect.logPosition(ctx, d.db)
}

// HasPlace reports whether a file of the server's log is there and reaches so far.
func (d *Database) HasPlace(ctx context.Context, at position.Position) (bool, error) {
	return hasPlace(ctx, d.db, at)
}

// Expire is after which time the server may purge a file of its log; 0 is never.
func (d *Database) Expire(ctx context.Context) (time.Duration, error) {
	return d.dialect.expire(ctx, d.db)
}

// Continues reports why the server's log is not the one in which a place was reached,
// or "" if it is.
func (d *Database) Continues(ctx context.Context, from position.From) (reason string, err error) {
	return d.dialect.continues(ctx, d.db, from)
}

// TakesOver reports why this server cannot go on from the GTIDs of a place that was
// reached on another server, or "" if it may. The reader proves it, by the last of the
// transactions.
func (d *Database) TakesOver(ctx context.Context, from position.From) (reason string, err error) {
	return d.dialect.takesOver(ctx, d.db, from)
}

// viewPause is how long a server is given until a view that was too old may be new
// enough: on MariaDB a transaction is in the log a moment before it can be seen, which
// is the time of its last fsync.
const viewPause = 2 * time.Millisecond

// OpenView begins a read view on a connection of its own, which has all that the log held
// before a place, and returns how far the log had come when it was taken, at the most. It
// takes views until one is new enough. The view ends with the connection's transaction.
func (d *Database) OpenView(ctx context.Context, conn *sql.Conn, after position.From) (position.Position, error) {
	for {
		at, err := d.dialect.openView(ctx, conn, after)
		if !errors.Is(err, errViewTooOld) {
			return at, err
		}
		if _, err := conn.ExecContext(ctx, "ROLLBACK"); err != nil {
			return at, fmt.Errorf("give back a read view: %w", err)
		}
		select {
		case <-ctx.Done():
			return at, ctx.Err()
		case <-time.After(viewPause):
		}
	}
}

// LocksToSee is what a SELECT ends with so that it sees all that is in the log, and is
// refused where that cannot be seen yet; "" where OpenView proves it without locks.
func (d *Database) LocksToSee() string { return d.dialect.locksToSee() }

// LockRefused reports whether a SELECT with LocksToSee was refused because of a lock.
func (d *Database) LockRefused(err error) bool {
	n := errorNumber(err)
	return n == lockNowait || n == lockWaitTimeout || n == lockDeadlock
}

// Conn takes a connection out of the pool, until it is closed.
func (d *Database) Conn(ctx context.Context) (*sql.Conn, error) { return d.db.Conn(ctx) }
