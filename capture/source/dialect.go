package source

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/schemas/finding"
)

// A dialect is what one kind of server says, or wants to be asked, otherwise than the
// others. mariadb.go has MariaDB's; another server's is one more file beside it and
// one more line of dialects.
type dialect interface {
	// speaks reports whether a server of that version is one that capture reads.
	speaks(version string) bool
	// flavor is the name under which package binlog reads the server's log.
	flavor() string
	// met is the dialect of the server that answers, after asking what it depends on.
	met(ctx context.Context, db *sql.DB, version string) (dialect, error)
	// uuid tells a server from every other, copies of it too; "" where there is no such thing.
	uuid() string
	// endOfLog is where the log ends, as GTIDs and as a position.
	endOfLog(context.Context, *sql.DB) (position.From, error)
	// continues reports why the server's log is not the one in which a place was reached,
	// or "" if it is.
	continues(context.Context, *sql.DB, position.From) (reason string, err error)
	// takesOver reports why the server cannot go on from the GTIDs of a place that was
	// reached on another server, or "" if it may.
	takesOver(context.Context, *sql.DB, position.From) (reason string, err error)
	// logPosition is where the log ends. It needs the right to read the log's status.
	logPosition(context.Context, *sql.DB) (position.Position, error)
	// expire is after which time the server may purge a file of its log; 0 is never.
	expire(context.Context, *sql.DB) (time.Duration, error)
	// logRights are those on *.* that capture needs, as GRANT takes them.
	logRights() string
	// replicas lists the other replicas that the server knows, as far as we may see them,
	// for which replicasRight may be needed.
	replicas(context.Context, *sql.DB) ([]replica, error)
	replicasRight() string
	// findings are those about what this kind of server alone has.
	findings(context.Context, *sql.DB) (finding.List, error)
	// charsets maps the ids of collations to the names of their character sets.
	charsets(context.Context, *sql.DB) (map[uint64]string, error)
	// openView begins a read view on a connection and returns how far the log had come
	// when it was taken, at the most. The view has all that the log held before a place,
	// unless it is errViewTooOld.
	openView(ctx context.Context, conn *sql.Conn, after position.From) (position.Position, error)
	// locksToSee is what a SELECT ends with so that it sees whatever is in the log; "" where
	// openView proves that already.
	locksToSee() string
}

// A replica is another reader of the server's log.
type replica struct {
	id   uint32
	host string
}

// errViewTooOld says that a read view lacks something that stands in the log.
var errViewTooOld = errors.New("the read view is too old")

var dialects = []dialect{mariadb{}, mysqld{}}

// dialectOf finds the dialect of a server by its VERSION(); nil when capture does not
// read such a server.
func dialectOf(version string) dialect {
	if i := slices.IndexFunc(dialects, func(d dialect) bool { return d.speaks(version) }); i >= 0 {
		return dialects[i]
	}
	return nil
}
