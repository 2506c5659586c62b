package capture

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// user makes a database user with some rights, until the test ends.
func (s *magentoShop) user(password string, grants ...string) string {
	s.t.Helper()
	name := fmt.Sprintf("u%x", rand.Uint32())
	s.exec("CREATE USER " + name + "@'%' IDENTIFIED BY '" + password + "'")
	s.t.Cleanup(func() { s.exec("DROP USER " + name + "@'%'") })
	for _, g := range grants {
		s.exec("GRANT " + g + " TO " + name + "@'%'")
	}
	return name
}

func TestPreflightSaysWhatToType(t *testing.T) {
	s := newShop(t, "m2_")
	read, replicate := "SELECT ON `"+s.config.Database+"`.*", "REPLICATION SLAVE, BINLOG MONITOR ON *.*"
	var serverID uint32
	if err := s.db.QueryRow("SELECT @@server_id").Scan(&serverID); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*Config)
		says   []string
	}{
		"nobody answers":           {func(c *Config) { c.Port = deaf(t) }, []string{"no MariaDB or MySQL answers", "source.host"}},
		"a wrong password":         {func(c *Config) { c.User, c.Password = s.user("right", read, replicate), "wrong" }, []string{"refuses the user", "source.password"}},
		"no replication rights":    {func(c *Config) { c.User = s.user("p", read); c.Password = "p" }, []string{portable(t, "GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO 'u")}},
		"no right to read the log": {func(c *Config) { c.User = s.user("p", read, "BINLOG MONITOR ON *.*"); c.Password = "p" }, []string{"lacks rights", "GRANT REPLICATION SLAVE"}},
		"no right to read tables":  {func(c *Config) { c.User = s.user("p", replicate); c.Password = "p" }, []string{"sees no database capture_", "it does not exist, or the user has no right to it", "GRANT SELECT ON `capture_"}},
		"no such database":         {func(c *Config) { c.Database = "nowhere" }, []string{"no database nowhere", "dbname", "the user sees ", s.config.Database}},
		"a misspelt name, for a user of the right one": {func(c *Config) { c.User, c.Password, c.Database = s.user("p", read, replicate), "p", "nowhere" },
			[]string{"sees no database nowhere: it does not exist, or the user has no right to it: correct source.database (dbname in Magento's app/etc/env.php): the user sees " +
				s.config.Database + "; or, if the name is right, type GRANT SELECT ON `nowhere`.* TO 'u"}},
		"a misspelt name, for a user of nothing": {func(c *Config) { c.User, c.Password, c.Database = s.user("p", replicate), "p", "nowhere" },
			[]string{"sees no database nowhere", "though the user sees none at all", "GRANT SELECT ON `nowhere`.*"}},
		"a right to one column of the database": {func(c *Config) {
			c.User, c.Password = s.user("p", replicate, "SELECT (value_id) ON `"+s.config.Database+"`.m2_customer_entity_varchar"), "p"
		},
			[]string{"may not read", "GRANT SELECT ON `capture_"}},
		"another table prefix":       {func(c *Config) { c.TablePrefix = "shop_" }, []string{"no table shop_sales_invoice", "table_prefix"}},
		"the server's own server id": {func(c *Config) { c.ServerID = serverID }, []string{"is the server's own"}},
		"a column of a strange type": {func(c *Config) { s.exec("ALTER TABLE m2_store MODIFY code " + onMySQL(t, "vector(3)", "uuid")) }, []string{"store.code", "type"}},
		"an unknown word for tls":    {func(c *Config) { c.TLS = "perhaps" }, []string{"source.tls", "verify"}},
	} {
		t.Run(name, func(t *testing.T) {
			config := s.config
			c.change(&config)
			err := source.Refusal(Preflight(t.Context(), config, topic.Names{Prefix: "p"}))
			if err == nil {
				t.Fatal("preflight finds nothing wrong")
			}
			for _, words := range c.says {
				if !strings.Contains(err.Error(), words) {
					t.Errorf("preflight says %q, want it to say %q", err, words)
				}
			}
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("more than one line: %q", err)
			}
			if config.Password != "" && strings.Contains(err.Error(), config.Password.Reveal()) && config.Password.Reveal() != "p" {
				t.Errorf("the password is in %q", err)
			}
		})
	}
}

func TestTheRightsThatPreflightAsksForSuffice(t *testing.T) {
	t.Parallel()
	s := newShop(t, "m2_")
	s.seed(20)
	s.config.User = s.user("p", "SELECT ON `"+s.config.Database+"`.*", "REPLICATION SLAVE, BINLOG MONITOR ON *.*")
	s.config.Password = secret.String("p")
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	s.exec("UPDATE m2_sales_order SET state = 'closed'")
	r.caughtUp(s)
	r.sameAsShop(s)
}

func TestTheStageEndsAtOnceWhenTheSourceIsNotSetUp(t *testing.T) {
	topics, names := newTopics(t)
	c := Config{Name: "shop", Host: "127.0.0.1", Port: deaf(t), User: "u", Password: "hunter2", Database: "d"}
	stage := &Stage{Config: c, Partitions: 1, Topics: topics, Names: names}
	err := stage.Run(context.Background())
	var setup *source.SetupError
	if !errors.As(err, &setup) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("run returned %v, want a SetupError", err)
	}
}

func TestConfigSaysEveryFaultInTheOperatorsWords(t *testing.T) {
	err := Config{TablePrefix: "a'b"}.WithDefaults().Validate()
	if err == nil {
		t.Fatal("an empty config is valid")
	}
	for _, field := range []string{"source.name", "source.host", "source.user", "source.database", "source.table_prefix"} {
		if !strings.Contains(err.Error(), field) {
			t.Errorf("%v does not name %s", err, field)
		}
	}
	ok := Config{Name: "shop", Host: "db", User: "u", Database: "m2"}.WithDefaults()
	if err := ok.Validate(); err != nil || ok.Port != 3306 || ok.ServerID != 7001 || ok.ChunkRows != DefaultChunkRows || ok.TLS != TLSOff {
		t.Errorf("defaults %+v: %v", ok, err)
	}
	if printed := fmt.Sprintf("%+v %#v", Config{Password: "hunter2"}, Config{Password: "hunter2"}); strings.Contains(printed, "hunter2") {
		t.Error("a printed config shows its password")
	}
}
