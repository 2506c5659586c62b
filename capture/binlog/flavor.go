package binlog

import (
	"fmt"
	"slices"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/position"
)

// A flavor is what one kind of server writes into its log otherwise than the others.
// Each has its file, events_mariadb.go and events_mysql.go, and its line of flavors.
type flavor interface {
	// start asks for the log: by GTID, or at a place.
	start(d *dump, from position.From, executed mysql.GTIDSet) error
	// begins returns the transaction that an event begins; ok is false for an event
	// that begins none.
	begins(*replication.BinlogEvent) (t transaction, ok bool)
	// states tells a transaction what its statement says of it, where its first event does not.
	states(t *transaction, verb string, rest tokens)
	// commitsAtOnce reports whether an XA_PREPARE event, by its bytes, is the commit at once of a
	// transaction that was never prepared.
	commitsAtOnce(prepare []byte) bool
	// lastKnown is the highest event type that this program understands.
	lastKnown() replication.EventType
	// rows are the row images of a rows event, whose body may be compressed.
	rows(t replication.EventType, body []byte) ([]byte, error)
	// add adds a transaction to a GTID set. One that is in it already is a LostError where
	// numbers are never given twice.
	add(set mysql.GTIDSet, gtid string) error
	// print writes a GTID set in the one form that is saved.
	print(mysql.GTIDSet) string
}

// A transaction is what its first event says of it.
type transaction struct {
	gtid   string
	micros int64 // what is known of that time beyond its milliseconds
	tsMS   int64 // its first commit, as every server knows that has it; 0 where the event's header says it
	single bool  // it is one statement, and no commit event ends it
	// prepares says that it ends with XA PREPARE, which is no commit, and completes that it
	// is the XA COMMIT or XA ROLLBACK of such a one; xid tells which.
	prepares, completes bool
	xid                 string
}

// flavors lists the servers whose logs are read, by go-mysql's name of them.
var flavors = map[string]flavor{mysql.MariaDBFlavor: mariadb{}, mysql.MySQLFlavor: mysqld{}}

// parseGTIDSet finds a server's flavor and reads a GTID set as it writes them.
func parseGTIDSet(name, text string) (flavor, mysql.GTIDSet, error) {
	f, ok := flavors[name]
	if !ok {
		return nil, nil, fmt.Errorf("the log of %q is not one that is read here: want one of %v", name, knownFlavors())
	}
	set, err := mysql.ParseGTIDSet(name, text)
	if err != nil {
		return nil, nil, fmt.Errorf("GTID set %q: %w", text, err)
	}
	return f, set, nil
}

func knownFlavors() (all []string) {
	for name := range flavors {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}
