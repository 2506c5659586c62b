package capture

import (
	"strings"
	"testing"

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
	s := newShopOn(t, server.DSN, "")
	s.config.Database = recorded.Database
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	progress := r.state().Progress
	real.Replay(t, server)
	r.caughtUp(s)
	if strings.Count(r.log.String(), "a new epoch began") != 1 {
		t.Errorf("capture lost the thread:\n%s", r.log)
	}
	t.Logf("snapshot: %d rows of reference and customers", progress[change.Reference].Rows+progress[change.Customer].Rows)
	s.compareWithCascades(r)
	sales := table(t, r.records(change.Sales))
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

// compareWithCascades is sameAsShop, but rows of children may be known that a
// foreign key's cascade has deleted without a word in the log.
func (s *magentoShop) compareWithCascades(r *running) {
	for _, d := range magento.Domains() {
		have, want := table(s.t, r.records(d)), s.expected(d, testPartitions)
		for place, row := range want {
			if got := have[place]; got.json != row.json || got.root != row.root {
				s.t.Errorf("%s %s\n have %s %q\n want %s %q", d, place, got.json, got.root, row.json, row.root)
			}
		}
		silent := 0
		for place := range have {
			if _, ok := want[place]; !ok {
				silent++
				if strings.Contains(place, `"customer_entity"`) || strings.Contains(place, `"sales_order"`) {
					s.t.Errorf("%s is known and was deleted with a word", place)
				}
			}
		}
		s.t.Logf("%s: %d rows equal, %d deleted by cascades", d, len(want), silent)
	}
}
