package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/schemas/finding"
)

// Advise looks at what capture works without, and a person should know before the day
// that it counts. An error says which checks could not be made.
func (d *Database) Advise(ctx context.Context) (list finding.List, failed error) {
	vars, err := d.variables(ctx)
	if err != nil {
		return nil, fmt.Errorf("advice: %w", err)
	}
	h := hostOf(d.Server.Version, vars)
	list = append(durability(vars, h), galera(vars))
	for _, check := range []func(context.Context, variables, host) (finding.Finding, error){d.checkRetention, d.checkEngines, d.checkClock} {
		f, err := check(ctx, vars, h)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("advice: %w", err))
			continue
		}
		list = append(list, f)
	}
	return list, failed
}

// durability looks at what a power cut does to log and tables: they must agree after it.
func durability(vars variables, h host) finding.List {
	list := finding.List{}
	for _, s := range []struct{ name, want, problem string }{
		{"sync_binlog", "1", "after a power cut the tables may have what the log has lost"},
		{"innodb_flush_log_at_trx_commit", "1", "after a power cut the tables may have lost what was captured"},
		{"binlog_order_commits", "ON", "the tables may show transactions in another order than the log"},
	} {
		f := finding.Finding{Check: s.name, Warning: true}
		if have, told := vars[s.name]; told && have != s.want {
			f.Problem, f.Hint = fmt.Sprintf("%s is %s: %s", s.name, have, s.problem), h.set(s.name, s.want)
		} else if !told {
			continue
		}
		list = append(list, f)
	}
	return list
}

// galera looks at a cluster of servers that all take writes.
func galera(vars variables) finding.Finding {
	f := finding.Finding{Check: "wsrep_gtid_mode", Warning: true}
	if vars["wsrep_on"] == "ON" && vars["wsrep_gtid_mode"] == "OFF" {
		f.Problem = "the server is of a Galera cluster whose nodes count GTIDs each by itself: another node takes over with a snapshot only"
		f.Hint = "put wsrep_gtid_mode=ON, log_slave_updates=ON and one wsrep_gtid_domain_id and server_id under [mysqld] in my.cnf of every node"
	}
	return f
}

// leastRetention covers a long weekend on which capture is down and nobody sees it.
const leastRetention = 72 * time.Hour

// checkRetention looks at how long the server keeps its log.
func (d *Database) checkRetention(ctx context.Context, vars variables, h host) (finding.Finding, error) {
	if h == rds || h == aurora {
		row, err := d.firstRow(ctx, "SELECT value FROM mysql.rds_configuration WHERE name = 'binlog retention hours'")
		if err != nil && !errors.Is(err, errNotAnswered) {
			return finding.Finding{}, err
		}
		return providersRetention(row, h), nil
	}
	expire, err := d.Expire(ctx)
	if err != nil {
		return finding.Finding{}, err
	}
	return retention(expire, vars, h), nil
}

const retentionCheck = "retention"

// retention judges after which time a file of the log may be purged, 0 for never, and
// whether its size purges it as well.
func retention(expire time.Duration, vars variables, h host) finding.Finding {
	f := finding.Finding{Check: retentionCheck, Warning: true, Hint: h.keepLog()}
	for _, limit := range []string{"max_binlog_total_size", "binlog_space_limit"} {
		if bytes, err := strconv.ParseInt(vars[limit], 10, 64); err == nil && bytes > 0 {
			f.Problem, f.Hint = fmt.Sprintf("the log is purged at %d MiB, however little time it covers", bytes>>20), h.set(limit, "0")
			return f
		}
	}
	switch {
	case expire == 0:
		return finding.Finding{Check: retentionCheck, Seen: "for ever"}
	case expire < leastRetention:
		f.Problem = fmt.Sprintf("the server keeps its log for %s: capture that is down for longer has to read the shop anew", inHours(expire))
		return f
	}
	return finding.Finding{Check: retentionCheck, Seen: inHours(expire)}
}

// providersRetention judges what RDS and Aurora say, whose servers do not go by the
// setting of the log itself. nil is not told.
func providersRetention(row map[string]string, h host) finding.Finding {
	f := finding.Finding{Check: retentionCheck, Warning: true, Hint: h.keepLog()}
	hours, err := strconv.Atoi(row["value"])
	switch {
	case row == nil:
		f.Problem = "how long the log is kept cannot be asked: by default it is purged at once"
		f.Hint += " CALL mysql.rds_show_configuration; shows it"
		return f
	case err != nil:
		f.Problem = "the log is purged as soon as the provider has no use for it (binlog retention hours is NULL)"
		return f
	}
	return retention(time.Duration(hours)*time.Hour, nil, h)
}

func inHours(d time.Duration) string { return fmt.Sprintf("%d hours", int(d.Hours())) }

// checkEngines looks for tables without transactions: what a snapshot reads of them may
// be older, or newer, than its place in the log.
func (d *Database) checkEngines(ctx context.Context, _ variables, _ host) (finding.Finding, error) {
	f := finding.Finding{Check: "engines", Warning: true}
	captured := d.CapturedTables()
	rows, err := d.db.QueryContext(ctx, "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? AND TABLE_TYPE = 'BASE TABLE' AND ENGINE <> 'InnoDB'", d.options.Database)
	if err != nil {
		return f, fmt.Errorf("engines of the tables: %w", err)
	}
	defer rows.Close()
	var others, statements []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return f, fmt.Errorf("engines of the tables: %w", err)
		}
		if _, ours := captured[name]; ours {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	for _, name := range others {
		statements = append(statements, "ALTER TABLE "+quote(d.options.Database)+"."+quote(name)+" ENGINE=InnoDB;")
	}
	if len(others) > 0 {
		f.Problem, f.Hint = "tables without transactions: "+strings.Join(others, ", "), "type "+strings.Join(statements, " ")
	}
	return f, rows.Err()
}

// tolerated is how far two clocks may be apart before somebody should look: less is not
// seen in any figure that people read.
const tolerated = 5 * time.Second

// checkClock compares the server's clock with ours: ages and days are told by both.
func (d *Database) checkClock(ctx context.Context, _ variables, _ host) (finding.Finding, error) {
	before := time.Now()
	var micros int64
	if err := d.db.QueryRowContext(ctx, "SELECT CAST(UNIX_TIMESTAMP(NOW(6)) * 1000000 AS SIGNED)").Scan(&micros); err != nil {
		return finding.Finding{}, fmt.Errorf("the server's clock: %w", err)
	}
	return clock(time.UnixMicro(micros), before, time.Now()), nil
}

// clock judges the server's time, which was told between two of ours.
func clock(theirs, before, after time.Time) finding.Finding {
	f := finding.Finding{Check: "clock", Warning: true, Hint: "set both by NTP: type timedatectl set-ntp true on each"}
	switch {
	case theirs.Before(before.Add(-tolerated)):
		f.Problem = fmt.Sprintf("the server's clock is %s behind ours", before.Sub(theirs).Round(time.Second))
	case theirs.After(after.Add(tolerated)):
		f.Problem = fmt.Sprintf("the server's clock is %s ahead of ours", theirs.Sub(after).Round(time.Second))
	default:
		return finding.Finding{Check: f.Check}
	}
	return f
}
