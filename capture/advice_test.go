package capture

import (
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/finding"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// found is what preflight finds in a check.
func (s *magentoShop) found(check string) finding.Finding {
	s.t.Helper()
	list := Preflight(s.t.Context(), s.config, topic.Names{Prefix: "p"})
	for _, f := range list {
		if f.Check == check {
			return f
		}
	}
	s.t.Fatalf("no check of %s in %v", check, list)
	return finding.Finding{}
}

// TestWhatAServerShouldHaveIsAdvised brings a server of its own to each, and away from it.
func TestWhatAServerShouldHaveIsAdvised(t *testing.T) {
	t.Parallel()
	s := newShopOn(t, servers.PrivateForTest(t, servers.Options{Only: []string{"source"}}).Source.DSN, "m2_")
	for _, c := range []struct {
		name, check string
		worse       []string
		state       finding.State
		says        string
		better      []string
	}{
		{"the log is written some time", "sync_binlog", []string{"SET GLOBAL sync_binlog=0"}, finding.Warn, "SET GLOBAL sync_binlog=1", []string{"SET GLOBAL sync_binlog=1"}},
		{"the tables are written some time", "innodb_flush_log_at_trx_commit", []string{"SET GLOBAL innodb_flush_log_at_trx_commit=2"}, finding.Warn,
			"SET GLOBAL innodb_flush_log_at_trx_commit=1", []string{"SET GLOBAL innodb_flush_log_at_trx_commit=1"}},
		{"the log is kept for an hour", "retention", []string{"SET GLOBAL binlog_expire_logs_seconds=3600"}, finding.Warn,
			"keeps its log for 1 hours", []string{"SET GLOBAL binlog_expire_logs_seconds=604800"}},
		{"a table without transactions", "engines", []string{"ALTER TABLE m2_store ENGINE=MyISAM", "ALTER TABLE m2_store_group ENGINE=MyISAM"}, finding.Warn,
			"m2_store, m2_store_group: type ALTER TABLE `" + s.config.Database + "`.`m2_store` ENGINE=InnoDB; ALTER", []string{"ALTER TABLE m2_store ENGINE=InnoDB", "ALTER TABLE m2_store_group ENGINE=InnoDB"}},
		{"a replica that logs nothing of it", "log_slave_updates", []string{"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=1, MASTER_USER='nobody'"}, finding.Fail,
			"is a replica and does not log", []string{"RESET SLAVE ALL"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.check == "log_slave_updates" && servers.MySQLForTest(t) {
				t.Skip("a MySQL has it by default")
			}
			for _, statement := range c.worse {
				s.exec(statement)
			}
			if f := s.found(c.check); f.State() != c.state || !strings.Contains(f.String(), c.says) {
				t.Errorf("%s: %s, want %s and %q", f.State(), f, c.state, c.says)
			}
			for _, statement := range c.better {
				s.exec(statement)
			}
			if f := s.found(c.check); !f.OK() {
				t.Errorf("put right, it still finds %s", f)
			}
		})
	}
	for _, check := range []string{"clock", "log filters", "wsrep_gtid_mode"} {
		if f := s.found(check); !f.OK() {
			t.Errorf("%s", f)
		}
	}
}

// TestALogThatLeavesTheShopOutIsRefused has servers that log everything but the shop, for
// which capture would wait for ever without a word.
func TestALogThatLeavesTheShopOutIsRefused(t *testing.T) {
	t.Parallel()
	server := servers.PrivateForTest(t, servers.Options{Only: []string{"source"}, SourceArgs: []string{"--binlog-do-db=elsewhere"}}).Source
	s := newShopOn(t, server.DSN, "")
	err := source.Refusal(Preflight(t.Context(), s.config, topic.Names{Prefix: "p"}))
	if err == nil || !strings.Contains(err.Error(), "logs the databases elsewhere alone (binlog_do_db), and "+s.config.Database+" is none of them: put binlog_do_db="+s.config.Database) {
		t.Errorf("preflight says %v", err)
	}
}

// TestAdviceNeedsNoRightsOfItsOwn asks as the user whose rights are documented.
func TestAdviceNeedsNoRightsOfItsOwn(t *testing.T) {
	s := newShop(t, "m2_")
	s.config.User, s.config.Password = s.user("p", "SELECT ON `"+s.config.Database+"`.*", "REPLICATION SLAVE, BINLOG MONITOR ON *.*"), "p"
	for _, f := range Preflight(t.Context(), s.config, topic.Names{Prefix: "p"}) {
		if f.State() == finding.Fail || f.Check == "advice" || f.Check == "preflight" {
			t.Errorf("%s", f)
		}
	}
}

func TestAdviceIsInTheLogOnceAndAgainWhenItIsAnother(t *testing.T) {
	log := &lines{}
	s := &Stage{Log: zerolog.New(log)}
	metadata := finding.Finding{Check: "binlog_row_metadata", Problem: "it is MINIMAL", Hint: "set it", Warning: true}
	changed, passed := metadata, metadata
	changed.Problem, passed.Problem = "it is NO_LOG", ""
	for i, c := range []struct {
		found finding.List
		want  int // lines since the beginning
	}{
		{finding.List{metadata, {Check: "clock", Problem: "it is late", Warning: true}}, 2},
		{finding.List{metadata, {Check: "log_bin"}}, 2},
		{finding.List{changed}, 3},
		{finding.List{passed}, 3},
		{finding.List{changed}, 4},
	} {
		if s.advise(c.found); strings.Count(log.String(), "could be set up better") != c.want {
			t.Errorf("after session %d the log is\n%s\nwant %d lines", i+1, log, c.want)
		}
	}
}
