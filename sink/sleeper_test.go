package sink

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/deliver"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// A sleeper is a sink in a process of its own, which stops itself with SIGSTOP at one
// moment, and will not know that it slept. The test wakes it when another sink has taken
// over and brought Sage up to date.
type sleeperSettings struct {
	Dir, Moment, Broker, Prefix, Postgres, Sage string
}

const sleeperEnv = "MAGE2SAGE_TEST_SINK_SLEEPER"

// The moments at which it sleeps.
const (
	withRecords = "with records in hand"
	beforeClaim = "before it claims a call"
	afterClaim  = "between the claim and the call"
	withAnswer  = "with Sage's answer in hand"
)

// sleeper is the whole program of the process.
func sleeper(text string) {
	var s sleeperSettings
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		panic(err)
	}
	stage := &Stage{
		Config: Config{Postgres: postgres.Config{URL: secret.String(s.Postgres)}, Sage: sageConfig(s.Sage)},
		Names:  topic.Names{Prefix: s.Prefix}, Topics: topic.Dial([]string{s.Broker}), Log: zerolog.New(os.Stderr),
		fetched: func() { s.reached(withRecords) },
		queue:   func(db deliver.Store) deliver.Store { return sleepingQueue{db, s} },
	}
	fmt.Fprintln(os.Stderr, "the sleeper ends:", stage.Run(context.Background()))
	os.Exit(1)
}

var fallAsleep sync.Once

// reached lets the process sleep at its moment, once there is a file "sleep" in its folder.
func (s sleeperSettings) reached(moment string) {
	if moment != s.Moment || !s.there("sleep") {
		return
	}
	fallAsleep.Do(func() {
		os.WriteFile(filepath.Join(s.Dir, "asleep"), nil, 0o600)
		syscall.Kill(os.Getpid(), syscall.SIGSTOP)
		for !s.there("wake") { // a thread may run on for a moment after the signal
			time.Sleep(time.Millisecond)
		}
	})
}

func (s sleeperSettings) there(name string) bool {
	_, err := os.Stat(filepath.Join(s.Dir, name))
	return err == nil
}

func (s sleeperSettings) note(w *world, name string) {
	w.t.Helper()
	w.must(os.WriteFile(filepath.Join(s.Dir, name), nil, 0o600))
}

// A sleepingQueue sleeps around what is asked of the queue of calls.
type sleepingQueue struct {
	deliver.Store
	s sleeperSettings
}

func (q sleepingQueue) Claim(ctx context.Context, l work.Lease, id int64, timeout time.Duration) (work.Operation, bool, error) {
	q.s.reached(beforeClaim)
	o, ok, err := q.Store.Claim(ctx, l, id, timeout)
	if ok && err == nil {
		q.s.reached(afterClaim)
	}
	return o, ok, err
}

func (q sleepingQueue) RecordResult(ctx context.Context, r work.CallResult) error {
	q.s.reached(withAnswer)
	return q.Store.RecordResult(ctx, r)
}

func sageConfig(base string) sage.Config {
	c := sage.DefaultConfig()
	c.APIURL, c.TokenURL, c.AuthorizeURL, c.RevokeURL = base+"/v3.1", base+"/token", base+"/oauth2/auth/central", base+"/revoke"
	c.ClientID, c.ClientSecret, c.Callback = "demo-client", "demo-secret", "127.0.0.1:0"
	c.RequestTimeout, c.SettleWindow, c.ListLag, c.CallsPerSecond, c.CallsPerSecondPerBusiness = time.Second, 300*time.Millisecond, 0, 2000, 2000
	c.EncryptionKeys = []auth.Key{{ID: "k1", Key: secret.String(strings.Repeat("ab", 32))}}
	return c
}

// sleeper starts the process.
func (w *world) sleeper(moment string) (sleeperSettings, *exec.Cmd) {
	w.t.Helper()
	s := sleeperSettings{w.t.TempDir(), moment, w.broker, w.names.Prefix, w.dsn, strings.TrimSuffix(w.config.Sage.APIURL, "/v3.1")}
	text, err := json.Marshal(s)
	w.must(err)
	self, err := os.Executable()
	w.must(err)
	child := exec.Command(self)
	child.Env, child.Stderr = append(os.Environ(), sleeperEnv+"="+string(text)), w.logs
	child.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	w.must(child.Start())
	w.t.Cleanup(func() {
		child.Process.Kill()
		child.Wait()
	})
	return s, child
}

// Sage remembers no ids here: whatever is sent twice is made twice.
func TestASinkThatSleptWritesNothingUntilItHasProofAgain(t *testing.T) {
	t.Parallel()
	for i, moment := range []string{withRecords, beforeClaim, afterClaim, withAnswer} {
		t.Run(moment, func(t *testing.T) {
			t.Parallel()
			prefix := fmt.Sprintf("sleeper%d_%d", os.Getpid(), i)
			w := newWorldOn(t, simulator.Options{Memory: -1}, servers.RealKafkaForTest(t), prefix)
			settings, child := w.sleeper(moment)
			w.publish(paid(invoiceOf(1, ada)))
			w.paid("invoice:1")
			w.idle()
			settings.note(w, "sleep")
			second := paid(invoiceOf(2, ada))
			w.publish(second)
			w.until("it sleeps", func() bool { return settings.there("asleep") })
			second.Customer.GroupCode = "Wholesale" // which Sage is not told
			w.publish(second)                       // what the sleeper has in hand is an older version
			w.sql("UPDATE business_leases SET until = now()")
			stop := w.start()
			w.until("its successor has all in Sage", func() bool { return w.bookmarked() && w.item("invoice:2").Payment == work.Paid })
			w.idle()
			calls := w.sim.Calls().Writes
			settings.note(w, "wake")
			w.must(child.Process.Signal(syscall.SIGCONT))
			stop()
			w.publish(paid(invoiceOf(3, ada)))
			w.until("who woke works again", func() bool { return w.item("invoice:3").Payment == work.Paid })
			w.until("it has read all", w.bookmarked)
			w.idle()
			if made := w.sim.Calls().Writes - calls; made != 2 {
				t.Errorf("who woke wrote %d times to Sage, want an invoice and its payment", made)
			}
			w.eachOnce(3)
			w.sql(`DO $$ BEGIN IF NOT EXISTS (SELECT FROM entities WHERE id = 'invoice:2' AND body->'customer'->>'group_code' = 'Wholesale')
				THEN RAISE 'who woke has put an older version in the place of a newer one'; END IF; END $$`)
			if all, err := w.db.SetAside(t.Context()); err != nil || len(all) > 0 {
				t.Errorf("set aside: %+v, %v", all, err)
			}
		})
	}
}
