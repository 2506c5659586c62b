package source

import (
	"fmt"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/finding"
)

// A host is who runs the server. It decides how its settings are changed, for a provider
// lets nobody SET GLOBAL.
type host int

const (
	ownHost host = iota
	rds
	aurora
	cloudSQL
)

// hostOf knows a provider by what its servers say of themselves.
func hostOf(version string, vars variables) host {
	switch {
	case vars["aurora_version"] != "":
		return aurora
	case strings.HasPrefix(vars["basedir"], "/rdsdbbin"):
		return rds
	case strings.Contains(version, "-google"):
		return cloudSQL
	}
	return ownHost
}

// set is what to type so that a setting of the server has a value.
func (h host) set(name, value string) string {
	switch h {
	case rds:
		return fmt.Sprintf("type aws rds modify-db-parameter-group --db-parameter-group-name <the instance's> --parameters ParameterName=%s,ParameterValue=%s,ApplyMethod=immediate, and reboot the instance where the parameter is a static one", name, value)
	case aurora:
		return fmt.Sprintf("type aws rds modify-db-cluster-parameter-group --db-cluster-parameter-group-name <the cluster's> --parameters ParameterName=%s,ParameterValue=%s,ApplyMethod=pending-reboot, and reboot the writer", name, value)
	case cloudSQL:
		return fmt.Sprintf("type gcloud sql instances patch <the instance> --database-flags=%s=%s, with the flags that it has already, for they are replaced", name, strings.ToLower(value))
	}
	return fmt.Sprintf("type SET GLOBAL %s=%s; and put %s=%s under [mysqld] in my.cnf", name, value, name, value)
}

// beginLog is what to do so that a provider's server writes a log at all.
func (h host) beginLog() string {
	switch h {
	case rds:
		return "type aws rds modify-db-instance --db-instance-identifier <the instance> --backup-retention-period 7 --apply-immediately: a log is written while there are backups"
	case aurora:
		return h.set("binlog_format", "ROW")
	}
	return "type gcloud sql instances patch <the instance> --enable-bin-log --retained-transaction-log-days=7"
}

// keepLog is what to type so that the log is kept for a week.
func (h host) keepLog() string {
	switch h {
	case rds, aurora:
		return "type CALL mysql.rds_set_configuration('binlog retention hours', 168);"
	case cloudSQL:
		return h.set("binlog_expire_logs_seconds", "604800") + "; and --retained-transaction-log-days=7"
	}
	return h.set("binlog_expire_logs_seconds", "604800")
}

// wantedSettings are the values of checkLog's settings.
var wantedSettings = map[string]string{"binlog_format": "ROW", "binlog_row_image": "FULL", "binlog_row_metadata": "FULL"}

// inItsWords gives the hints about settings as the host takes them.
func (h host) inItsWords(list finding.List) finding.List {
	if h == ownHost {
		return list
	}
	for i, f := range list {
		switch want, known := wantedSettings[f.Check]; {
		case f.OK():
		case known:
			list[i].Hint = h.set(f.Check, want)
		case f.Check == "log_bin":
			list[i].Hint = h.beginLog()
		}
	}
	return list
}
