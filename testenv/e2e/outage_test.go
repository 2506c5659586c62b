package e2e

import (
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/shop"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// TestEachServerMayDieAndComeBack kills the broker, Postgres and MariaDB while the
// stages run. A stage that cannot go on ends, and is started again as systemd
// would: nothing is lost and nothing twice.
func TestEachServerMayDieAndComeBack(t *testing.T) {
	t.Parallel()
	set := servers.PrivateForTest(t, servers.Options{Only: []string{"source", "postgres", "kafka"}})
	w := newWorld(t, options{server: set.Source.DSN, postgres: set.Postgres.URL, kafka: set.Kafka.Addr, shop: shop.Options{Seed: 71}})
	w.supervised = true
	w.start()
	w.trade(plan(10))
	w.settled(90 * time.Second)
	for _, server := range []struct {
		name    string
		process *servers.Process
	}{{"kafka", set.Kafka.Process}, {"postgres", set.Postgres.Process}, {"source", set.Source.Process}} {
		t.Run(server.name, func(t *testing.T) {
			w.trade(plan(10))
			server.process.Kill()
			w.eventually(2*time.Second, func() bool { return false }) // what runs, runs into it
			w.must(server.process.Start(t.Context()))
			w.trade(plan(10))
			w.settled(90 * time.Second)
		})
	}
	w.versionsNeverFall()
}
