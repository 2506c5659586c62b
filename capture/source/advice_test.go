package source

import (
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/finding"
)

// good are the settings of a server about which nothing is to be said.
func good(changed variables) variables {
	vars := variables{"sync_binlog": "1", "innodb_flush_log_at_trx_commit": "1", "log_slave_updates": "OFF", "wsrep_on": "OFF", "wsrep_gtid_mode": "OFF", "gtid_slave_pos": "", "basedir": "/usr"}
	for name, value := range changed {
		vars[name] = value
	}
	return vars
}

// TestSettingsAreJudged has what no server of a test can be brought to as well: providers,
// a Galera cluster, clocks that differ, other releases.
func TestSettingsAreJudged(t *testing.T) {
	noon := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	whole := func(vars variables, replica bool) finding.Finding {
		return replicated(vars, replica, hostOf("10.11", vars))
	}
	for name, c := range map[string]struct {
		found finding.Finding
		state finding.State
		says  string
	}{
		"a log that takes all databases":          {filtered("magento", false, "", ""), finding.Pass, ""},
		"a log that takes ours among others":      {filtered("magento", false, "wiki,magento", ""), finding.Pass, ""},
		"a log that takes others":                 {filtered("magento", false, "wiki,Magento", ""), finding.Fail, "put binlog_do_db=magento under [mysqld]"},
		"a log that takes ours in another case":   {filtered("magento", true, "wiki,Magento", ""), finding.Pass, ""},
		"a log that leaves another out":           {filtered("magento", false, "", "wiki"), finding.Pass, ""},
		"a log that leaves ours out":              {filtered("magento", false, "", "wiki,magento"), finding.Fail, "take binlog_ignore_db=magento out of my.cnf"},
		"a primary":                               {whole(good(nil), false), finding.Pass, ""},
		"a replica that logs what it gets":        {whole(good(variables{"log_slave_updates": "ON"}), true), finding.Pass, ""},
		"a replica that does not":                 {whole(good(nil), true), finding.Fail, "put log_slave_updates=ON"},
		"a replica of a release that renamed it":  {whole(variables{"log_replica_updates": "OFF"}, true), finding.Fail, "put log_replica_updates=ON"},
		"a replica at Amazon":                     {whole(good(variables{"basedir": "/rdsdbbin/mysql/"}), true), finding.Fail, "ParameterName=log_slave_updates,ParameterValue=ON"},
		"what was a replica":                      {whole(good(variables{"gtid_slave_pos": "0-1-5"}), false), finding.Warn, "was a replica until GTID 0-1-5"},
		"a node of Galera that logs its own only": {whole(good(variables{"wsrep_on": "ON"}), false), finding.Fail, "Galera cluster and does not log what is written on its other nodes"},
		"a node of Galera with GTIDs of its own":  {galera(variables{"wsrep_on": "ON", "wsrep_gtid_mode": "OFF"}), finding.Warn, "wsrep_gtid_mode=ON"},
		"a node of Galera with common GTIDs":      {galera(variables{"wsrep_on": "ON", "wsrep_gtid_mode": "ON"}), finding.Pass, ""},
		"no Galera":                               {galera(good(nil)), finding.Pass, ""},
		"a log for ever":                          {retention(0, good(nil), ownHost), finding.Pass, ""},
		"a log for three days":                    {retention(72*time.Hour, good(nil), ownHost), finding.Pass, ""},
		"a log for a day":                         {retention(24*time.Hour, good(nil), ownHost), finding.Warn, "for 24 hours: capture that is down for longer has to read the shop anew: type SET GLOBAL binlog_expire_logs_seconds=604800;"},
		"a log of a size":                         {retention(0, variables{"max_binlog_total_size": "1073741824"}, ownHost), finding.Warn, "purged at 1024 MiB, however little time it covers: type SET GLOBAL max_binlog_total_size=0"},
		"a log of a size, with Percona's word":    {retention(0, variables{"binlog_space_limit": "1073741824"}, ownHost), finding.Warn, "binlog_space_limit=0"},
		"a log of no limit":                       {retention(0, variables{"max_binlog_total_size": "0"}, ownHost), finding.Pass, ""},
		"a log for a day in Cloud SQL":            {retention(24*time.Hour, nil, cloudSQL), finding.Warn, "--database-flags=binlog_expire_logs_seconds=604800, with the flags that it has already"},
		"a log in RDS that may not be asked for":  {providersRetention(nil, rds), finding.Warn, "CALL mysql.rds_set_configuration('binlog retention hours', 168); CALL mysql.rds_show_configuration;"},
		"a log in RDS that is not kept":           {providersRetention(map[string]string{"value": ""}, rds), finding.Warn, "is NULL): type CALL mysql.rds_set_configuration('binlog retention hours', 168);"},
		"a log in Aurora for a day":               {providersRetention(map[string]string{"value": "24"}, aurora), finding.Warn, "for 24 hours"},
		"a log in Aurora for a week":              {providersRetention(map[string]string{"value": "168"}, aurora), finding.Pass, ""},
		"one clock":                               {clock(noon.Add(4*time.Second), noon, noon), finding.Pass, ""},
		"a clock that is ahead":                   {clock(noon.Add(7*time.Second), noon, noon.Add(time.Second)), finding.Warn, "6s ahead of ours"},
		"a clock that is behind":                  {clock(noon.Add(-7*time.Second), noon, noon.Add(time.Second)), finding.Warn, "7s behind ours"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.found.State() != c.state || !strings.Contains(c.found.String(), c.says) {
				t.Errorf("%s: %s, want %s and %q", c.found.State(), c.found, c.state, c.says)
			}
		})
	}
}

func TestDurabilityIsJudgedByWhatTheServerTells(t *testing.T) {
	for name, c := range map[string]struct {
		vars  variables
		check string
		says  string // "" where nothing is wrong
	}{
		"the log is written at each commit":     {good(nil), "sync_binlog", ""},
		"the log is written some time":          {good(variables{"sync_binlog": "0"}), "sync_binlog", "SET GLOBAL sync_binlog=1"},
		"the tables are written once a second":  {good(variables{"innodb_flush_log_at_trx_commit": "2"}), "innodb_flush_log_at_trx_commit", "innodb_flush_log_at_trx_commit=1"},
		"commits out of order":                  {good(variables{"binlog_order_commits": "OFF"}), "binlog_order_commits", "binlog_order_commits=ON"},
		"a server that has no such setting":     {good(nil), "binlog_order_commits", ""},
		"commits in order, as MySQL's are":      {good(variables{"binlog_order_commits": "ON"}), "binlog_order_commits", ""},
		"the tables are written at each commit": {good(nil), "innodb_flush_log_at_trx_commit", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, f := range durability(c.vars, ownHost) {
				if f.Check == c.check && (c.says == "" != f.OK() || !f.OK() && !f.Warning || !strings.Contains(f.Hint, c.says)) {
					t.Errorf("%s, want %q", f, c.says)
				}
				if f.Check != c.check && !f.OK() {
					t.Errorf("%s", f)
				}
			}
		})
	}
}

func TestAProviderIsToldInItsOwnWords(t *testing.T) {
	mixed := logSettings{"1", "MIXED", "FULL", "MINIMAL"}
	for name, c := range map[string]struct {
		version  string
		vars     variables
		settings logSettings
		says     []string
	}{
		"one's own server":               {"10.11.6-MariaDB", good(nil), mixed, []string{"type SET GLOBAL binlog_format=ROW;", "SET GLOBAL binlog_row_metadata=FULL;"}},
		"RDS":                            {"10.11.6-MariaDB-log", variables{"basedir": "/rdsdbbin/mariadb/"}, mixed, []string{"modify-db-parameter-group", "ParameterName=binlog_format,ParameterValue=ROW", "ParameterName=binlog_row_metadata"}},
		"RDS without a log":              {"8.0.39", variables{"basedir": "/rdsdbbin/mysql/"}, logSettings{on: "0"}, []string{"--backup-retention-period 7"}},
		"Aurora":                         {"8.0.39", variables{"basedir": "/rdsdbbin/oscar/", "aurora_version": "3.08.0"}, mixed, []string{"modify-db-cluster-parameter-group", "ParameterValue=ROW,ApplyMethod=pending-reboot"}},
		"Aurora without a log":           {"8.0.39", variables{"aurora_version": "3.08.0"}, logSettings{on: "0"}, []string{"modify-db-cluster-parameter-group", "ParameterName=binlog_format"}},
		"Cloud SQL":                      {"8.0.37-google", nil, mixed, []string{"gcloud sql instances patch <the instance> --database-flags=binlog_format=row", "binlog_row_metadata=full"}},
		"Cloud SQL without a log":        {"8.0.37-google", nil, logSettings{on: "0"}, []string{"--enable-bin-log"}},
		"one's own server without a log": {"8.0.37", nil, logSettings{on: "0"}, []string{"put log_bin"}},
	} {
		t.Run(name, func(t *testing.T) {
			var said []string
			for _, f := range hostOf(c.version, c.vars).inItsWords(c.settings.findings()) {
				said = append(said, f.String())
			}
			for _, words := range c.says {
				if !strings.Contains(strings.Join(said, "\n"), words) {
					t.Errorf("it says %q, want %q", said, words)
				}
			}
		})
	}
}
