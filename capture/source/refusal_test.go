package source

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/finding"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

func TestARefusalNamesEveryFaultOnOneLine(t *testing.T) {
	err := Refusal(finding.List{
		{Check: "log_bin"},
		{Check: "binlog_format", Problem: "it is MIXED", Hint: "set it"},
		{Check: "binlog_row_metadata", Problem: "it is NO_LOG", Hint: "better set it", Warning: true},
		{Check: "server_id", Problem: "it is taken", Hint: "choose another"},
	})
	var setup *SetupError
	if want := "source: it is MIXED: set it; and it is taken: choose another"; !errors.As(err, &setup) || err.Error() != want {
		t.Errorf("refused with %q, want %q", err, want)
	}
	if err := Refusal(finding.List{{Check: "log_bin"}, {Check: "x", Problem: "could be better", Warning: true}}); err != nil {
		t.Errorf("a warning refuses the start: %v", err)
	}
}

func TestTheLogsSettingsAreAllLookedAt(t *testing.T) {
	list := logSettings{"1", "MIXED", "MINIMAL", "NO_LOG"}.findings()
	var problems []string
	for _, f := range list {
		if !f.OK() {
			problems = append(problems, fmt.Sprintf("%s %v", f.Check, f.Warning))
		}
	}
	if got, want := strings.Join(problems, ", "), "binlog_format false, binlog_row_image false, binlog_row_metadata true"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
}

func TestARefusedConnectionIsPutIntoTheOperatorsWords(t *testing.T) {
	o := Options{Host: "db", Port: 3306, User: "mage"}
	for name, c := range map[string]struct {
		err  error
		says string
	}{
		"no answer":                  {errors.New("dial tcp: connection refused\nsecond line"), "no MariaDB or MySQL answers at db:3306 (dial tcp: connection refused): start it"},
		"a wrong password":           {&mysql.MySQLError{Number: accessDenied, Message: "no"}, "refuses the user mage (Error 1045: no): correct source.user and source.password; or, where there is no such user, type CREATE USER 'mage'@'%'"},
		"a user of unix_socket":      {&mysql.MySQLError{Number: accessDeniedNoPassword, Message: "no"}, "refuses the user mage, who has no password there (Error 1698: no): type ALTER USER"},
		"a host that is not allowed": {&mysql.MySQLError{Number: hostNotAllowed, Message: "Host 'h' is not allowed"}, "lets no user log in from this machine (Error 1130: Host 'h' is not allowed): type CREATE USER 'mage'@'<the host"},
		"a host that is blocked":     {&mysql.MySQLError{Number: hostBlocked, Message: "no"}, "blocked this machine"},
		"an expired password":        {&mysql.MySQLError{Number: mustChangePassword, Message: "no"}, "whose password has expired (Error 1820: no): type ALTER USER"},
		"an old expired password":    {&mysql.MySQLError{Number: passwordExpired, Message: "no"}, "whose password has expired"},
		"a locked account":           {&mysql.MySQLError{Number: accountLocked, Message: "no"}, "who is locked (Error 4151: no): type ALTER USER with ACCOUNT UNLOCK"},
		"a full server":              {&mysql.MySQLError{Number: tooManyConnections, Message: "no"}, "too many connections (Error 1040: no): raise max_connections"},
		"a user with a limit":        {&mysql.MySQLError{Number: tooManyOfUser, Message: "no"}, "MAX_USER_CONNECTIONS"},
		"a limit that is reached":    {&mysql.MySQLError{Number: limitReached, Message: "no"}, "MAX_USER_CONNECTIONS"},
		"another refusal":            {&mysql.MySQLError{Number: 1064, Message: "You have an error"}, "does not let us ask (Error 1064: You have an error): look at its own word"},
	} {
		t.Run(name, func(t *testing.T) {
			err := connectError(o, c.err)
			if !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") || !errors.Is(err, c.err) {
				t.Errorf("said %q, want it to say %q on one line, with its cause", err, c.says)
			}
		})
	}
}

func TestAGrantThatLetsTheLogBeRead(t *testing.T) {
	for grant, want := range map[string]bool{
		"GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO `u`@`%`":           true,
		"GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION": true,
		"GRANT ALL PRIVILEGES ON `m2`.* TO `u`@`%`":                           false,
		"GRANT SELECT ON `m2`.* TO `u`@`%`":                                   false,
		"GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO `u`@`%`":       true,
		"GRANT BINLOG MONITOR ON *.* TO `u`@`%`":                              false,
		"GRANT `reader` TO `u`@`%`":                                           true, // a role: its rights are not listed
	} {
		t.Run(grant, func(t *testing.T) {
			if got := mayReplicate(grant); got != want {
				t.Errorf("%v, want %v", got, want)
			}
		})
	}
}

func TestTablesOfValuesAreCapturedOnlyForConfiguredAttributes(t *testing.T) {
	for name, codes := range map[string][]string{"with attributes": {"vat_office"}, "without": nil} {
		t.Run(name, func(t *testing.T) {
			with := codes != nil
			d := &Database{options: Options{TablePrefix: "m2_", Attributes: map[string][]string{change.AggregateCustomer: codes, change.AggregateProduct: {"price"}}}}
			tables := d.CapturedTables()
			if _, ok := tables["m2_customer_entity_int"]; ok != with {
				t.Errorf("values are captured: %v, want %v", ok, with)
			}
			if _, ok := tables["m2_catalog_product_entity_int"]; ok {
				t.Error("values of products are captured, and nobody has asked for the catalog")
			}
			if got, ok := tables["m2_sales_order"]; !ok || got.Name != "sales_order" || len(tables) > len(magento.Tables) {
				t.Errorf("orders are captured as %q: %v", got.Name, ok)
			}
		})
	}
}

func TestCartsAreNotFollowedWhereNothingIsNegotiated(t *testing.T) {
	for name, absent := range map[string]bool{"negotiable quotes": false, "none": true} {
		t.Run(name, func(t *testing.T) {
			d := &Database{options: Options{Groups: []magento.Group{magento.EstimateGroup}}, absent: map[string]bool{magento.NegotiableTable: absent}}
			tables := d.CapturedTables()
			for _, table := range []string{"quote", "quote_item", "quote_address"} {
				if _, followed := tables[table]; followed == absent {
					t.Errorf("%s is followed: %v, want %v", table, followed, !absent)
				}
			}
			if _, followed := tables[magento.NegotiableTable]; !followed {
				t.Error("nobody would notice that carts are negotiated from now on")
			}
		})
	}
}

func TestANameIsQuotedSoThatItCannotEndItsQuotes(t *testing.T) {
	d := &Database{options: Options{Database: "m`2", TablePrefix: "a_"}}
	if got, want := d.Qualified("store"), "`m``2`.`a_store`"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
