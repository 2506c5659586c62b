package capture

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

// captureKills is how often a capture is killed: KILLS, or what takes half a minute.
func captureKills() int {
	if n, err := strconv.Atoi(os.Getenv("KILLS")); err == nil {
		return n
	}
	return 5
}

// A capture is killed at any moment, in every other life while it takes a snapshot of a table
// that came into doubt, and between them while it takes one that was asked for. What the next one repeats has the version that it had before, so that a reader who keeps the
// newest of each row ends with the shop's tables, and sees no row go back. The topics of tables
// have the same rows as those of domains.
func TestACaptureThatIsKilledAgainAndAgainLosesNothingAndRepeatsTheSameVersions(t *testing.T) {
	t.Parallel()
	s := newShop(t, "m2_", func(s *magentoShop) {
		s.config.AlsoCapture, s.config.CustomerAttributes, s.config.ChunkRows = magento.Groups(), []string{"vat_office"}, 100
	})
	s.oneOfEach(rowsOfEach)
	w := s.startWriting()
	ctx, stop := context.WithCancel(context.Background())
	var changing sync.WaitGroup
	changing.Go(func() { s.changeEverywhere(ctx) })
	t.Cleanup(func() { stop(); changing.Wait() })
	brokers := brokersForTest(t)
	c := childConfig{Config: s.config, Password: s.config.Password.Reveal(), Brokers: brokers, Prefix: fmt.Sprintf("killed%x", rand.Uint32()), Quick: true, Tables: true}
	watch := &running{t: t, stage: &Stage{Config: s.config, Partitions: testPartitions, Topics: topic.Dial(brokers), Names: topic.Names{Prefix: c.Prefix}, TableTopics: true}}
	t.Cleanup(watch.stage.Topics.Close)
	within := 0
	for round := range captureKills() {
		if round%2 == 0 {
			s.exec("TRUNCATE m2_tax_class") // the log does not say which rows, so that they are read again
		} else if watch.state().Pipeline != "" {
			watch.request(change.SnapshotRequest{Domain: change.Sales})
		}
		if watch.killedLife(c) {
			within++
		}
	}
	watch.stage.cascadeCheck = 200 * time.Millisecond
	r := run(t, watch.stage)
	r.snapshotDone()
	stop()
	changing.Wait()
	w.stop(t)
	r.caughtUp(s)
	// A delete whose parent was gone as well when it was read again is found by what tables lack.
	until(t, "no deleted parent is left to be followed, and no request to be done", func() bool {
		state := r.state()
		return len(state.Checkpoint.Bereft)+len(state.Checkpoint.Severed)+len(state.Requests.Open()) == 0
	})
	rows := r.sameAsShop(s)
	r.sameKeys(s)
	r.unbroken()
	seen := r.neverGoesBack(true)
	t.Logf("%d kills, %d of them within a snapshot; %d rows equal, %d changes repeated under the same version, %d rows read by snapshots, %d older than what was known",
		captureKills(), within, rows, r.repeated(), seen.reads, seen.repeated)
}

// killedLife runs a capture and kills it after a random time. It reports whether the topics
// lack a snapshot then.
func (r *running) killedLife(c childConfig) (within bool) {
	r.t.Helper()
	said := &lines{}
	cmd := childThatLogsTo(r.t, c, said)
	<-time.After(100*time.Millisecond + rand.N(4*time.Second))
	if err := cmd.Process.Kill(); err != nil {
		r.t.Fatal(err)
	}
	_ = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() {
		r.t.Fatalf("capture had ended by itself:\n%s", said)
	}
	state := r.state()
	open := func(p change.Progress) bool { return !p.Done }
	return !state.Known || slices.ContainsFunc(slices.Collect(maps.Values(state.Progress)), open) || slices.ContainsFunc(slices.Collect(maps.Values(state.Tables)), open)
}

// brokersForTest is a broker that outlives captures.
func brokersForTest(t testing.TB) []string {
	t.Helper()
	if brokers := os.Getenv("TESTENV_KAFKA"); brokers != "" {
		return strings.Split(brokers, ",")
	}
	b, err := embedded.Start(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return []string{b.Addr}
}

// rowsOfEach is how many rows every table has beside those of the writers.
const rowsOfEach = 10

// changeEverywhere changes rows of all tables but those of the writers, until ctx ends: it
// updates them, and deletes those on which no others hang and puts them back.
func (s *magentoShop) changeEverywhere(ctx context.Context) {
	random := rand.New(rand.NewPCG(11, 7))
	for ctx.Err() == nil {
		var statements []string
		for range 1 + random.IntN(4) {
			if t := magento.Tables[random.IntN(len(magento.Tables))]; counters[t.Name] == "" {
				statements = append(statements, s.randomChange(random, t))
			}
		}
		if err := s.transact(statements); err != nil {
			s.t.Errorf("a transaction of the shop was refused: %v", err)
			return
		}
	}
}

func (s *magentoShop) transact(statements []string) error {
	conn, err := s.db.Conn(context.Background())
	if err != nil {
		return err
	}
	defer conn.Close()
	return transact(context.Background(), conn, statements)
}

// randomChange is a statement that changes one of the rows that oneOfEach has made.
func (s *magentoShop) randomChange(random *rand.Rand, t magento.Table) string {
	table, i := s.config.TablePrefix+t.Name, 1+random.IntN(rowsOfEach)
	var names, values, free []string
	for _, c := range s.columns(t) {
		names, values = append(names, "`"+c+"`"), append(values, sampleValue(t, c, i))
		if kind := columnType(t.Name, c); (kind == "varchar(255)" || strings.HasPrefix(kind, "decimal")) && c != t.FilterColumn {
			free = append(free, fmt.Sprintf("`%s`=%s", c, sampleValue(t, c, 1+random.IntN(rowsOfEach))))
		}
	}
	var is []string
	for _, c := range s.primaryKey(t) {
		is = append(is, "`"+c+"`="+sampleValue(t, c, i))
	}
	switch what := random.IntN(4); {
	case what < 2 && len(free) > 0:
		return fmt.Sprintf("UPDATE `%s` SET %s WHERE %s", table, free[random.IntN(len(free))], strings.Join(is, " AND "))
	case what == 2 && !parents[t.Name]:
		return fmt.Sprintf("DELETE FROM `%s` WHERE %s", table, strings.Join(is, " AND "))
	}
	return fmt.Sprintf("REPLACE INTO `%s` (%s) VALUES (%s)", table, strings.Join(names, ","), strings.Join(values, ","))
}

// parents are the tables on whose rows others hang, or which are linked to them.
var parents = func() map[string]bool {
	all := map[string]bool{}
	for _, t := range magento.Tables {
		all[t.Root.Parent] = true
		if t.Root.Column == t.PK[0] || len(magento.LinksTo(t.Name)) > 0 {
			all[t.Name] = true
		}
	}
	return all
}()
