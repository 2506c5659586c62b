package work

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Retention is the retention part of the config file: how long Postgres keeps what is not needed any
// more. The topics and Sage have periods of their own.
type Retention struct {
	// AfterDisconnect is how long a binding that a person has disconnected can be connected again.
	// Then what it knows of Sage goes, and it stays closed.
	AfterDisconnect Days `yaml:"after_disconnect"`
	// Audit is how long a month of the audit trail is kept after its end. British businesses keep
	// VAT records for six years (HMRC, VAT Notice 700/21).
	Audit Days `yaml:"audit"`
	// PersonalData is how long names, addresses and the like are kept of what is settled.
	PersonalData Days `yaml:"personal_data"`
}

// DefaultRetention has what people expect of a connector, and the six years of VAT records.
func DefaultRetention() Retention {
	return Retention{AfterDisconnect: 90, Audit: 2192, PersonalData: 30}
}

// Shortest periods: within a week Sage may still know the ids of calls, and a month of the audit
// trail is the least that goes at once.
const (
	leastAfterDisconnect = 7
	leastAudit           = 31
	leastPersonalData    = 1
)

// Validate returns all that is wrong, each with the key to correct.
func (r Retention) Validate() error {
	var all []error
	for _, one := range []struct {
		key         string
		have, least Days
	}{{"after_disconnect", r.AfterDisconnect, leastAfterDisconnect}, {"audit", r.Audit, leastAudit}, {"personal_data", r.PersonalData, leastPersonalData}} {
		if one.have < one.least {
			all = append(all, fmt.Errorf("retention.%s is %s: it has to be %s or more", one.key, one.have, one.least))
		}
	}
	return errors.Join(all...)
}

// Days is a period of whole days, which a config file writes as 90d.
type Days int

// UnmarshalText reads 90d.
func (d *Days) UnmarshalText(text []byte) error {
	number, has := strings.CutSuffix(string(text), "d")
	n, err := strconv.ParseUint(number, 10, 16)
	if !has || err != nil {
		return fmt.Errorf("%q is no number of days: write one such as 90d", text)
	}
	*d = Days(n)
	return nil
}

// String is 90d.
func (d Days) String() string { return strconv.Itoa(int(d)) + "d" }

// Before is the time that lies so many days before now.
func (d Days) Before(now time.Time) time.Time { return now.Add(-time.Duration(d) * 24 * time.Hour) }
