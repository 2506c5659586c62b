package source

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/finding"
)

// Preflight asks the server everything that capture needs of it, and returns what
// each check has found. An error says which checks could not be made; what the others
// have found comes with it, for it often is the cause.
func (d *Database) Preflight(ctx context.Context) (list finding.List, failed error) {
	for _, check := range []func(context.Context) (finding.List, error){
		d.checkLog, d.checkWhole, d.checkDialect, d.checkServerID, d.checkRights, d.checkTables, d.checkKeys, d.checkReplicas,
	} {
		found, err := check(ctx)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("preflight: %w", err))
		}
		list = append(list, found...)
	}
	return list, failed
}

// logSettings are those of the binary log that capture depends on.
type logSettings struct{ on, format, image, metadata string }

// checkLog sees that rows are logged, as rows, with all their columns.
func (d *Database) checkLog(ctx context.Context) (finding.List, error) {
	var l logSettings
	err := d.db.QueryRowContext(ctx, "SELECT @@global.log_bin, @@global.binlog_format, @@global.binlog_row_image, @@global.binlog_row_metadata").
		Scan(&l.on, &l.format, &l.image, &l.metadata)
	if err != nil {
		return nil, fmt.Errorf("settings of the binary log: %w", err)
	}
	vars, err := d.variables(ctx)
	return hostOf(d.Server.Version, vars).inItsWords(l.findings()), err
}

func (l logSettings) findings() finding.List {
	if l.on != "1" { // the other settings say nothing then
		return finding.List{{Check: "log_bin", Problem: "the server writes no binary log",
			Hint: "put log_bin, binlog_format=ROW, binlog_row_image=FULL and binlog_row_metadata=FULL under [mysqld] in my.cnf and restart it"}}
	}
	list := finding.List{{Check: "log_bin"}, {Check: "binlog_format"}, {Check: "binlog_row_image"}, {Check: "binlog_row_metadata", Warning: true}}
	if l.format != "ROW" {
		list[1].Problem = "binlog_format is " + l.format
		list[1].Hint = ownHost.set("binlog_format", "ROW") + ", and restart PHP so that its connections take it"
	}
	if l.image != "FULL" {
		list[2].Problem = "binlog_row_image is " + l.image
		list[2].Hint = ownHost.set("binlog_row_image", "FULL")
	}
	if l.metadata != "FULL" {
		list[3].Problem = "binlog_row_metadata is " + l.metadata
		list[3].Hint = ownHost.set("binlog_row_metadata", "FULL") + ", so that an altered table is never misread"
	}
	return list
}

// checkDialect looks at what this kind of server alone has.
func (d *Database) checkDialect(ctx context.Context) (finding.List, error) {
	return d.dialect.findings(ctx, d.db)
}

func (d *Database) checkServerID(context.Context) (finding.List, error) {
	f := finding.Finding{Check: "server_id"}
	if d.Server.ID == d.options.ServerID {
		f.Problem, f.Hint = fmt.Sprintf("source.server_id %d is the server's own", d.options.ServerID), chooseServerID
	}
	return finding.List{f}, nil
}

const chooseServerID = "choose a number that no server and no replica has"

// checkRights sees that the log's position and the log itself may be read.
func (d *Database) checkRights(ctx context.Context) (finding.List, error) {
	missing := finding.Finding{Check: "rights", Problem: "the user " + d.Server.user + " lacks rights", Hint: d.logGrant()}
	if _, err := d.dialect.logPosition(ctx, d.db); err != nil {
		if n := errorNumber(err); n == specificAccessDenied || n == tableAccessDenied {
			missing.Problem = because(missing.Problem, err)
			return finding.List{missing}, nil
		}
		return nil, err
	}
	rows, err := d.db.QueryContext(ctx, "SHOW GRANTS")
	if err != nil {
		return nil, fmt.Errorf("show grants: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var grant string
		if err := rows.Scan(&grant); err != nil {
			return nil, fmt.Errorf("show grants: %w", err)
		}
		if mayReplicate(grant) {
			return finding.List{{Check: missing.Check}}, nil
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("show grants: %w", err)
	}
	return finding.List{missing}, nil
}

// logGrant is what to type so that the user may read the log. What the tables need is
// said by their own check, which knows whether the database is there.
func (d *Database) logGrant() string { return "type " + d.grant(d.dialect.logRights(), "*.*") }

// errMayNotSeeReplicas says that the user lacks the right to list the server's replicas.
var errMayNotSeeReplicas = errors.New("the user may not see the server's replicas")

// checkReplicas looks for another replica under our id. Our own earlier connection may
// still be listed.
func (d *Database) checkReplicas(ctx context.Context) (finding.List, error) {
	f := finding.Finding{Check: "replicas"}
	host, err := d.underOurID(ctx)
	switch {
	case errors.Is(err, errMayNotSeeReplicas):
		f.Problem, f.Warning = fmt.Sprintf("the user may not see whether another replica has source.server_id %d", d.options.ServerID), true
		f.Hint = chooseServerID + ", or type " + d.grant(d.dialect.replicasRight(), "*.*")
	case err != nil:
		return nil, err
	case host != "":
		refusal := ServerIDTaken(d.options.ServerID, host)
		f.Problem, f.Hint = refusal.Problem, refusal.Hint
	}
	return finding.List{f}, nil
}

// ReplicaUnderOurID is the host name of another replica that has our server id; "" when
// there is none, or the user may not see the server's replicas.
func (d *Database) ReplicaUnderOurID(ctx context.Context) (string, error) {
	host, err := d.underOurID(ctx)
	if errors.Is(err, errMayNotSeeReplicas) {
		return "", nil
	}
	return host, err
}

func (d *Database) underOurID(ctx context.Context) (host string, err error) {
	replicas, err := d.dialect.replicas(ctx, d.db)
	if err != nil {
		return "", err
	}
	for _, r := range replicas {
		if r.id == d.options.ServerID && r.host != d.options.Replica {
			return cmp.Or(r.host, "without a name"), nil
		}
	}
	return "", nil
}

// ServerIDTaken says that our server id is also that of another replica, whose host name
// may be unknown. The server ends the connection of each whenever the other comes.
func ServerIDTaken(id uint32, host string) *SetupError {
	e := &SetupError{Problem: fmt.Sprintf("source.server_id %d is in use by another replica", id),
		Hint: "set source.server_id to a number that no server and no replica has; SHOW SLAVE HOSTS on the server lists them (SHOW REPLICAS on MySQL)"}
	if host != "" {
		e.Problem += ", " + host
	}
	return e
}

// because adds the server's own word to a problem.
func because(problem string, err error) string { return problem + " (" + firstLine(err.Error()) + ")" }
