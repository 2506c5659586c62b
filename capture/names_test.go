package capture

import (
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// A server whose lower_case_table_names is 1 logs the names of tables in lower case,
// whatever the shop's statements and our configuration say.
func TestNamesAreComparedAsTheServerComparesThem(t *testing.T) {
	t.Parallel()
	s := newShopOn(t, servers.SourceWithForTest(t, "--lower-case-table-names=1"), "M2_")
	s.config.Database = strings.ToUpper(s.config.Database)
	s.seed(20)
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	s.exec("UPDATE M2_Sales_Order SET state = 'closed'")
	s.exec("INSERT INTO " + s.config.Database + ".M2_sales_order (state) VALUES ('new')")
	r.caughtUp(s)
	if rows := r.sameAsShop(s); rows < 20 {
		t.Errorf("%d rows, want all that the shop has", rows)
	}
	s.exec("TRUNCATE M2_SALES_ORDER_ITEM")
	r.anotherSnapshot()
}

func TestANameInAnotherCaseIsGivenAsTheServerWritesIt(t *testing.T) {
	s := newShopOn(t, servers.SourceWithForTest(t, "--lower-case-table-names=0"), "m2_")
	for name, c := range map[string]struct {
		change func(*Config)
		says   string
	}{
		"the database": {func(c *Config) { c.Database = strings.ToUpper(c.Database) },
			"write source.database: " + s.config.Database + ` and source.table_prefix: "m2_"`},
		"the prefix": {func(c *Config) { c.TablePrefix = "M2_" },
			"write source.database: " + s.config.Database + ` and source.table_prefix: "m2_"`},
		"the database, of another Magento": {func(c *Config) { c.Database, c.TablePrefix = strings.ToUpper(c.Database), "x_" },
			"write source.database: " + s.config.Database},
	} {
		t.Run(name, func(t *testing.T) {
			config := s.config
			c.change(&config)
			err := source.Refusal(Preflight(t.Context(), config, topic.Names{Prefix: "p"}))
			if err == nil || !strings.Contains(err.Error(), "upper case") || !strings.HasSuffix(strings.SplitN(err.Error(), "; and ", 2)[0], c.says) {
				t.Errorf("preflight says %v, want it to end with %q", err, c.says)
			}
		})
	}
}
