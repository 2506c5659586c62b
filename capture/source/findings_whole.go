package source

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/finding"
)

// checkWhole sees that nothing of the shop is left out of the log: by a filter, or because
// another server writes it.
func (d *Database) checkWhole(ctx context.Context) (finding.List, error) {
	vars, err := d.variables(ctx)
	if err != nil {
		return nil, err
	}
	filters, err := d.logStatusRow(ctx)
	if err != nil {
		return nil, err
	}
	replica, err := d.firstRow(ctx, "SHOW REPLICA STATUS")
	if err != nil && !errors.Is(err, errNotAnswered) {
		return nil, err
	}
	return finding.List{
		filtered(d.options.Database, d.Server.FoldsNames, filters["Binlog_Do_DB"], filters["Binlog_Ignore_DB"]),
		replicated(vars, replica != nil, hostOf(d.Server.Version, vars)),
	}, nil
}

// logStatusRow is what the server says of its log's end; MySQL 8.4 knows the second of
// the statements only. What may not be asked is left to the check of rights.
func (d *Database) logStatusRow(ctx context.Context) (map[string]string, error) {
	for _, statement := range []string{"SHOW MASTER STATUS", "SHOW BINARY LOG STATUS"} {
		row, err := d.firstRow(ctx, statement)
		if !errors.Is(err, errNotAnswered) {
			return row, err
		}
	}
	return nil, nil
}

// filtered looks at the databases that are kept in the log, and those that are kept out
// of it. folds says that case does not tell them apart.
func filtered(database string, folds bool, kept, left string) finding.Finding {
	f := finding.Finding{Check: "log filters"}
	has := func(list string) bool {
		return slices.ContainsFunc(strings.Split(list, ","), func(name string) bool {
			return name == database || folds && strings.EqualFold(name, database)
		})
	}
	switch {
	case kept != "" && !has(kept):
		f.Problem = "the server logs the databases " + kept + " alone (binlog_do_db), and " + database + " is none of them"
		f.Hint = "put binlog_do_db=" + database + " under [mysqld] in my.cnf, or take all of its filters out, and restart it"
	case has(left):
		f.Problem = "the server leaves " + database + " out of its log (binlog_ignore_db)"
		f.Hint = "take binlog_ignore_db=" + database + " out of my.cnf and restart it"
	}
	return f
}

// replicated looks at a server that gets changes from others: they must be in its log as
// well. A replica that was made the primary keeps its old position, so that alone is a
// warning.
func replicated(vars variables, replica bool, h host) finding.Finding {
	name, value := vars.logsReplicated()
	f := finding.Finding{Check: "log_slave_updates", Hint: h.set(name, "ON")}
	if h == ownHost {
		f.Hint = "put " + name + "=ON under [mysqld] in my.cnf and restart it, or set source.host to the server that Magento writes to"
	}
	off := value == "OFF"
	switch {
	case off && vars["wsrep_on"] == "ON":
		f.Problem = "the server is of a Galera cluster and does not log what is written on its other nodes"
	case off && replica:
		f.Problem = "the server is a replica and does not log what it gets from its primary"
	case off && vars["gtid_slave_pos"] != "":
		f.Problem, f.Warning = fmt.Sprintf("the server was a replica until GTID %s and would not log what it gets as one", vars["gtid_slave_pos"]), true
		f.Hint = "see SHOW REPLICA STATUS: where it is none any more, nothing is wrong; else " + f.Hint
	default:
		return finding.Finding{Check: f.Check}
	}
	return f
}
