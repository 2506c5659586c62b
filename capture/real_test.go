package capture

import (
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/testenv/recorded"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

func TestEveryRowThatARealMagentoWritesIsCaptured(t *testing.T) {
	servers.MariaDBOnlyForTest(t, "way to replay a log of MariaDB's, as the recording is")
	t.Parallel()
	real := recorded.Find(t)
	server := servers.PrivateForTest(t, servers.Options{Only: []string{"source"}}).Source
	real.Load(t, server)
	s := newShopOn(t, server.DSN, "", everything)
	s.config.Database = recorded.Database
	topics, names := newTopics(t)
	r := run(t, &Stage{Config: s.config, Partitions: testPartitions, Topics: topics, Names: names, cascadeCheck: 100 * time.Millisecond})
	r.snapshotDone()
	progress := r.state().Progress
	real.Replay(t, server)
	r.caughtUp(s)
	if strings.Count(r.log.String(), "a new epoch began") != 1 {
		t.Errorf("capture lost the thread:\n%s", r.log)
	}
	t.Logf("snapshot: %d rows of reference and customers", progress[change.Reference].Rows+progress[change.Customer].Rows)
	r.followed(s)
	sales := table(t, r.records(change.Sales))
	s.logSizes(r)
	r.followsSchemas()
	for name, want := range map[string]int{"sales_invoice": 15, "sales_creditmemo": 9} {
		n := 0
		for place := range sales {
			if strings.Contains(place, `"`+name+`"`) {
				n++
			}
		}
		if n != want {
			t.Errorf("%d rows of %s are known, want %d", n, name, want)
		}
	}
}

// logSizes says how many rows of each table were compared.
func (s *magentoShop) logSizes(r *running) {
	for _, d := range magento.Domains() {
		byTable := map[string]int{}
		for place := range table(s.t, r.records(d)) {
			_, rest, _ := strings.Cut(place, `"table":"`)
			name, _, _ := strings.Cut(rest, `"`)
			byTable[name]++
		}
		s.t.Logf("%s: %v", d, byTable)
	}
}
