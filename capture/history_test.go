package capture

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/capture/binlog"
	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/source"
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

// sellPast places orders until the log has grown past a place, and some more.
func (s *magentoShop) sellPast(at position.Position) {
	for !s.logEnd().Reached(at) {
		s.sellUnseen(1)
	}
	s.sellUnseen(20)
}

// gtid is the end of the server's log.
func (s *magentoShop) gtid() (gtid string) {
	s.t.Helper()
	variable := "@@global.gtid_binlog_pos"
	if servers.MySQLForTest(s.t) {
		variable = "@@global.gtid_executed"
	}
	if err := s.db.QueryRow("SELECT " + variable).Scan(&gtid); err != nil {
		s.t.Fatal(err)
	}
	return gtid
}

func TestAHistoryThatIsNotTheSameIsSeen(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		away bool // whether capture is away meanwhile
		do   func(s *magentoShop, saved position.Position)
		says string
	}{
		"the log was reset while capture was away, and has grown past the saved GTID": {true, func(s *magentoShop, saved position.Position) {
			s.exec("RESET MASTER")
			s.sellPast(saved)
		}, "reset, or the server was restored"},
		"the log was reset while capture was away, and is short": {true, func(s *magentoShop, _ position.Position) {
			s.exec("RESET MASTER")
			s.sellUnseen(3)
		}, "reset, or the server was restored"},
		"the log was reset while it was read": {false, func(s *magentoShop, _ position.Position) {
			s.exec("RESET MASTER")
			s.sellUnseen(3)
		}, "reset, or the server was restored"},
		"the log was reset while it was read, and has grown past what was read": {false, func(s *magentoShop, saved position.Position) {
			s.exec("RESET MASTER")
			s.sellPast(saved)
		}, onMySQL(t, "the binary log does not continue", "reset, or the server was restored")}, // MySQL itself may say it
		"a later file of the log was reset while it was read": {false, func(s *magentoShop, _ position.Position) {
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
			c.do(s, position.Position{File: before.File, Pos: before.Pos})
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
	t.Parallel()
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
			s.exec(s.newGTID("INSERT INTO m2_sales_order (state) VALUES ('other domain')"))
			s.sellUnseen(2)
			s.exec("FLUSH BINARY LOGS")
			s.sellUnseen(1)
			r.caughtUp(s)
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
				r.caughtUp(s)
				if now := r.state().Checkpoint.Epoch; now != epoch {
					t.Errorf("away %v: a new epoch began:\n%s", away, r.log)
				}
			}
			r.sameAsShop(s)
		})
	}
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
	here.ByGTID = false // nothing else is written to this server
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
