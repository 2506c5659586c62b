package capture

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/capture/binlog"
	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// privately is a shop on a server of the test's own, whose log may be reset.
func privately(t *testing.T) (*magentoShop, *servers.Source) {
	t.Helper()
	server := servers.PrivateForTest(t, servers.Options{Only: []string{"source"}}).Source
	return newShopOn(t, server.DSN, "m2_"), server
}

// sellUnseen places orders one by one, each a transaction.
func (s *magentoShop) sellUnseen(n int) {
	for range n {
		s.exec("INSERT INTO m2_sales_order (state) VALUES ('new')")
	}
}

// gtid is the end of the server's log.
func (s *magentoShop) gtid() (gtid string) {
	s.t.Helper()
	if err := s.db.QueryRow("SELECT @@global.gtid_binlog_pos").Scan(&gtid); err != nil {
		s.t.Fatal(err)
	}
	return gtid
}

func TestAHistoryThatIsNotTheSameIsSeen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		away bool // whether capture is away meanwhile
		do   func(s *magentoShop, saved string)
		says string
	}{
		"the log was reset while capture was away, and has grown past the saved GTID": {true, func(s *magentoShop, saved string) {
			s.exec("RESET MASTER")
			for sequenceOf(s.t, s.gtid()) <= sequenceOf(s.t, saved)+20 {
				s.sellUnseen(1)
			}
		}, "reset, or the server was restored"},
		"the log was reset while capture was away, and is short": {true, func(s *magentoShop, _ string) {
			s.exec("RESET MASTER")
			s.sellUnseen(3)
		}, "reset, or the server was restored"},
		"the log was reset while it was read": {false, func(s *magentoShop, _ string) {
			s.exec("RESET MASTER")
			s.sellUnseen(3)
		}, "reset, or the server was restored"},
		"the log was reset while it was read, and has grown past what was read": {false, func(s *magentoShop, saved string) {
			s.exec("RESET MASTER")
			for sequenceOf(s.t, s.gtid()) <= sequenceOf(s.t, saved)+20 {
				s.sellUnseen(1)
			}
		}, "reset, or the server was restored"},
		"a later file of the log was reset while it was read": {false, func(s *magentoShop, _ string) {
			s.exec("FLUSH BINARY LOGS")
			s.sellUnseen(3)
			s.exec("RESET MASTER")
			s.sellUnseen(3)
		}, "a new epoch began"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := privately(t)
			topics, names := newTopics(t)
			r := start(t, s.config, topics, names)
			r.snapshotDone()
			s.sellUnseen(30)
			r.caughtUp(s)
			before := r.state().Checkpoint
			if c.away {
				r.halt()
			}
			c.do(s, before.GTID)
			if c.away {
				r = start(t, s.config, topics, names)
			}
			until(t, "a new epoch began", func() bool { r.alive(); return r.state().Checkpoint.Epoch > before.Epoch })
			r.snapshotDone()
			s.sellUnseen(1)
			r.caughtUp(s)
			r.sameAsShop(s)
			if !strings.Contains(r.log.String(), c.says) {
				t.Errorf("the log does not say %q:\n%s", c.says, r.log)
			}
		})
	}
}

// A log that was reset and then written by the same statements has the same place with
// the same GTID. Its file was begun at another time.
func TestAFileThatWasBegunAnewIsAnotherHistory(t *testing.T) {
	s, r := streaming(t)
	s.exec("INSERT INTO m2_sales_order (state) VALUES ('new')")
	r.caughtUp(s)
	r.halt()
	p := r.state().Checkpoint
	if p.LogCreated == 0 {
		t.Fatal("the checkpoint does not say when the log's file was begun")
	}
	first := p.Epoch
	p.LogCreated -= 3600
	r.save(p)
	again := start(t, s.config, r.stage.Topics, r.stage.Names)
	until(t, "a new epoch began", func() bool { again.alive(); return again.state().Checkpoint.Epoch > first })
	again.snapshotDone()
	again.sameAsShop(s)
	if !strings.Contains(again.log.String(), "was begun anew") {
		t.Errorf("the log does not say so:\n%s", again.log)
	}
}

func TestTheSameHistoryGoesOnWithoutASnapshot(t *testing.T) {
	t.Parallel()
	for name, meanwhile := range map[string]func(*magentoShop, *servers.Source) error{
		"nothing happened": func(*magentoShop, *servers.Source) error { return nil },
		"the log went on in other files": func(s *magentoShop, _ *servers.Source) error {
			for i := range 3 {
				s.exec(fmt.Sprintf("FLUSH BINARY LOGS; INSERT INTO m2_sales_order (state) VALUES ('%d')", i))
			}
			return nil
		},
		"the server was restarted": func(_ *magentoShop, m *servers.Source) error { return m.Restart(t.Context()) },
		"the server was killed": func(_ *magentoShop, m *servers.Source) error {
			m.Kill()
			return m.Start(t.Context())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, server := privately(t)
			topics, names := newTopics(t)
			r := start(t, s.config, topics, names)
			r.snapshotDone()
			s.exec("SET @@session.gtid_domain_id = 7; INSERT INTO m2_sales_order (state) VALUES ('other domain'); SET @@session.gtid_domain_id = 0")
			s.sellUnseen(2)
			s.exec("FLUSH BINARY LOGS")
			s.sellUnseen(1)
			until(t, "all orders are captured", func() bool { r.alive(); return sameGTIDText(s.gtid(), r.state().Checkpoint.GTID) })
			epoch := r.state().Checkpoint.Epoch
			for _, away := range []bool{false, true} {
				if away {
					r.halt()
				}
				if err := meanwhile(s, server); err != nil {
					t.Fatal(err)
				}
				s.sellUnseen(2)
				if away {
					r = start(t, s.config, topics, names)
				}
				until(t, "all orders are captured", func() bool { r.alive(); return sameGTIDText(s.gtid(), r.state().Checkpoint.GTID) })
				if now := r.state().Checkpoint.Epoch; now != epoch {
					t.Errorf("away %v: a new epoch began:\n%s", away, r.log)
				}
			}
			r.sameAsShop(s)
		})
	}
}

// sameGTIDText compares sets whose domains may be listed in another order.
func sameGTIDText(a, b string) bool {
	sorted := func(text string) []string { return slices.Sorted(slices.Values(strings.Split(text, ","))) }
	return slices.Equal(sorted(a), sorted(b))
}

func TestALogThatGoesOnBesideTheStreamHasToProveThatItIsTheSame(t *testing.T) {
	s, _ := privately(t)
	s.sellUnseen(1)
	db, err := source.Open(t.Context(), s.config.source("other"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	here, err := db.EndOfLog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s.sellUnseen(1)
	ahead, other := here, here
	ahead.At.File = "binlog.000002"
	other.GTID = "0-1-9999"
	for name, c := range map[string]struct {
		before, now position.From
		lost        bool
	}{
		"the stream stands and the log is the same": {here, here, false},
		"the stream moves":                          {position.From{}, other, false},
		"the stream is ahead of the log":            {here, ahead, true},
		"the stream stands and the log is another":  {other, other, true},
	} {
		t.Run(name, func(t *testing.T) {
			err := sameHistory(t.Context(), db, c.before, c.now)
			var lost *binlog.LostError
			if errors.As(err, &lost) != c.lost || !c.lost && err != nil {
				t.Errorf("found %v, want a LostError: %v", err, c.lost)
			}
		})
	}
}

// A replica that took over has the same transactions under the same GTIDs, at other
// places of its own log. The numbers alone prove nothing, so a snapshot is taken.
func TestAReplicaThatTookOverIsSnapshotted(t *testing.T) {
	t.Parallel()
	s, primary := privately(t)
	replica := servers.PrivateForTest(t, servers.Options{Only: []string{"source"}, SourceArgs: []string{"--server-id=2", "--log-slave-updates"}}).Source
	s.exec("CREATE USER replica@'%' IDENTIFIED BY 'p'; GRANT REPLICATION SLAVE ON *.* TO replica@'%'")
	host, port, _ := net.SplitHostPort(primary.Addr)
	mysql := func(sql string) string {
		out, err := replica.Shell(t.Context(), "-N", "-e", sql).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v: %s", sql, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	mysql(fmt.Sprintf("CHANGE MASTER TO MASTER_HOST='%s', MASTER_PORT=%s, MASTER_USER='replica', MASTER_PASSWORD='p', MASTER_USE_GTID=slave_pos; START SLAVE", host, port))
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	s.sellUnseen(20)
	r.caughtUp(s)
	r.halt()
	saved := r.state().Checkpoint
	until(t, "the replica has everything", func() bool { return mysql("SELECT @@global.gtid_binlog_pos") == s.gtid() })
	mysql("STOP SLAVE; INSERT INTO " + s.config.Database + ".m2_sales_order (state) VALUES ('after the failover')")
	_, port, _ = net.SplitHostPort(replica.Addr)
	s.config.Port, _ = strconv.Atoi(port)
	r = start(t, s.config, topics, names)
	until(t, "a new epoch began", func() bool { r.alive(); return r.state().Checkpoint.Epoch > saved.Epoch })
	r.snapshotDone()
	if n := len(of(t, r.records(change.Sales), "sales_order")); n < 41 {
		t.Errorf("%d records of orders, want 20 of the log and 21 of the snapshot", n)
	}
	if !strings.Contains(r.log.String(), "another server answers: its server_id is 2, and 1 was captured") {
		t.Errorf("the log does not say so:\n%s", r.log)
	}
}
