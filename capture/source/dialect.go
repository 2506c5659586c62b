package source

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
)

// A dialect is what one kind of server says, or wants to be asked, otherwise than the
// others. mariadb.go has MariaDB's; another server's is one more file beside it and
// one more line of dialects.
type dialect interface {
	// speaks reports whether a server of that version is one that capture reads.
	speaks(version string) bool
	// flavor is the name under which package binlog reads the server's log.
	flavor() string
	// endOfLog is where the log ends, as GTIDs and as a position.
	endOfLog(context.Context, *sql.DB) (position.From, error)
	// gtidsAt are the GTIDs of all transactions before a place of the log; ok is false
	// where the log has no such place: no such file, or no event that begins there.
	gtidsAt(context.Context, *sql.DB, position.Position) (gtids string, ok bool, err error)
	// sameGTIDs compares two sets of GTIDs.
	sameGTIDs(a, b string) (bool, error)
	// logPosition is where the log ends. It needs the right to read the log's status.
	logPosition(context.Context, *sql.DB) (position.Position, error)
	// expire is after which time the server may purge a file of its log; 0 is never.
	expire(context.Context, *sql.DB) (time.Duration, error)
	// logRights are those on *.* that capture needs, as GRANT takes them.
	logRights() string
	// mayReplicate reports whether a line of SHOW GRANTS gives the right to read the log.
	mayReplicate(grant string) bool
	// replicas lists the other replicas that the server knows, as far as we may see them.
	replicas(context.Context, *sql.DB) ([]replica, error)
	// charsets maps the ids of collations to the names of their character sets.
	charsets(context.Context, *sql.DB) (map[uint64]string, error)
	// openView begins a read view on a connection and returns where the log stood then.
	openView(context.Context, *sql.Conn) (position.Position, error)
}

// A replica is another reader of the server's log.
type replica struct {
	id   uint32
	host string
}

var dialects = []dialect{mariadb{}}

// dialectOf finds the dialect of a server by its VERSION(); nil when capture does not
// read such a server.
func dialectOf(version string) dialect {
	if i := slices.IndexFunc(dialects, func(d dialect) bool { return d.speaks(version) }); i >= 0 {
		return dialects[i]
	}
	return nil
}
