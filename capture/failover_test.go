package capture

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// A replicated shop is on a primary, which a replica follows.
type replicated struct {
	*magentoShop
	primary, replica *servers.Source
}

func withReplica(t *testing.T) *replicated {
	t.Helper()
	s, primary := privately(t)
	if !s.hasGTIDs() {
		t.Skip("without GTIDs no other server can prove anything")
	}
	args := append([]string{"--server-id=2"}, onMySQL(t, nil, []string{"--log-slave-updates"})...)
	replica := servers.PrivateForTest(t, servers.Options{Only: []string{"source"}, SourceArgs: args}).Source
	r := &replicated{s, primary, replica}
	s.exec("CREATE USER replica@'%' IDENTIFIED BY 'p'; GRANT REPLICATION SLAVE ON *.* TO replica@'%'")
	host, port, _ := net.SplitHostPort(primary.Addr)
	follow := onMySQL(t, "CHANGE REPLICATION SOURCE TO SOURCE_HOST='%s', SOURCE_PORT=%s, SOURCE_USER='replica', SOURCE_PASSWORD='p', SOURCE_AUTO_POSITION=1, GET_SOURCE_PUBLIC_KEY=1; START REPLICA",
		"CHANGE MASTER TO MASTER_HOST='%s', MASTER_PORT=%s, MASTER_USER='replica', MASTER_PASSWORD='p', MASTER_SSL=0, MASTER_SSL_VERIFY_SERVER_CERT=0, MASTER_USE_GTID=slave_pos; START SLAVE")
	r.onReplica(fmt.Sprintf(follow, host, port))
	return r
}

// onReplica runs SQL on the replica and returns what it says.
func (r *replicated) onReplica(sql string) string {
	r.t.Helper()
	out, err := r.replica.Shell(r.t.Context(), "-N", "-e", sql).CombinedOutput()
	if err != nil {
		r.t.Fatalf("%s: %v: %s", sql, err, out)
	}
	return strings.TrimSpace(string(out))
}

// followed waits until the replica has everything.
func (r *replicated) followed() {
	r.t.Helper()
	want := r.gtid()
	until(r.t, "the replica has everything", func() bool {
		return strings.ReplaceAll(r.onReplica("SELECT "+onMySQL(r.t, "@@global.gtid_executed", "@@global.gtid_binlog_pos")), "\\n", "\n") == want
	})
}

// leave stops the replica from following.
func (r *replicated) leave() { r.onReplica(onMySQL(r.t, "STOP REPLICA", "STOP SLAVE")) }

// moved is the shop as it is on the replica.
func (r *replicated) moved() *magentoShop {
	r.t.Helper()
	there := newShopOn(r.t, r.replica.DSN, "other_")
	there.exec("USE " + r.config.Database)
	config := r.config
	_, port, _ := net.SplitHostPort(r.replica.Addr)
	config.Port, _ = strconv.Atoi(port)
	there.config = config
	there.db.SetMaxOpenConns(1) // the one that is in the shop's database
	return there
}

func TestAServerThatProvesTheSameHistoryTakesOverWithoutASnapshot(t *testing.T) {
	t.Parallel()
	s := withReplica(t)
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	s.sellUnseen(20)
	s.exec(s.newGTID("INSERT INTO m2_sales_order (state) VALUES ('elsewhere')"))
	s.sellUnseen(1)
	r.caughtUp(s.magentoShop)
	s.followed()
	s.primary.Kill()
	r.halt()
	before := r.state().Checkpoint
	s.leave()
	there := s.moved()
	there.sellUnseen(3)
	there.exec("UPDATE m2_sales_order SET state='after the failover' WHERE entity_id < 5")
	for _, again := range []string{"the first time", "again, at the new server's own place"} {
		r = start(t, there.config, topics, names)
		there.sellUnseen(2)
		r.caughtUp(there)
		r.halt()
		now := r.state().Checkpoint
		if now.Epoch != before.Epoch || now.Sequence <= before.Sequence || now.ServerID != 2 {
			t.Errorf("%s: version %s of server %d, %s before: want the same epoch and a higher sequence\n%s", again, now.Version(), now.ServerID, before.Version(), r.log)
		}
		before = now
	}
	r.sameAsShop(there)
	r.unbroken()
}

func TestAServerThatCannotProveTheSameHistoryIsSnapshotted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		do   func(s *replicated)
		says string
	}{
		"it lacks what was captured": {func(s *replicated) { s.leave(); s.sellUnseen(3) }, "another server answers"},
		"it has other transactions under the same numbers": {func(s *replicated) {
			s.leave()
			s.sellUnseen(1)
			s.impersonate()
		}, "or of another time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := withReplica(t)
			topics, names := newTopics(t)
			r := start(t, s.config, topics, names)
			r.snapshotDone()
			s.sellUnseen(20)
			s.followed()
			c.do(s)
			r.caughtUp(s.magentoShop)
			r.halt()
			before := r.state().Checkpoint
			there := s.moved()
			there.sellUnseen(3)
			r = start(t, there.config, topics, names)
			until(t, "a new epoch began", func() bool { r.alive(); return r.state().Checkpoint.Epoch > before.Epoch })
			r.snapshotDone()
			r.caughtUp(there)
			r.sameAsShop(there)
			if !strings.Contains(r.log.String(), c.says) {
				t.Errorf("the log does not say %q:\n%s", c.says, r.log)
			}
		})
	}
}

// impersonate commits on the replica a transaction under the number of the primary's last,
// some time later, as after the primary was reset.
func (r *replicated) impersonate() {
	r.t.Helper()
	gtid := r.gtid()
	insert := "INSERT INTO " + r.config.Database + ".m2_sales_order (state) VALUES ('another')"
	last := r.lastCommit()
	until(r.t, "the clock has gone on", func() bool { return r.onReplica("SELECT NOW(6)") > last })
	if servers.MySQLForTest(r.t) {
		uuid, _, _ := strings.Cut(gtid, ":")
		r.onReplica(fmt.Sprintf("SET gtid_next='%s:%d'; %s; SET gtid_next='AUTOMATIC'", uuid, sequenceOf(r.t, gtid), insert))
		return
	}
	parts := strings.Split(gtid, "-")
	r.onReplica(fmt.Sprintf("SET SESSION server_id=%s, gtid_domain_id=%s, gtid_seq_no=%s; %s", parts[1], parts[0], parts[2], insert))
}

// lastCommit is a time that is later than the last commit by two seconds: MariaDB's log
// tells times in seconds.
func (r *replicated) lastCommit() (at string) {
	r.t.Helper()
	if err := r.db.QueryRow("SELECT NOW(6) + INTERVAL 2 SECOND").Scan(&at); err != nil {
		r.t.Fatal(err)
	}
	return at
}
