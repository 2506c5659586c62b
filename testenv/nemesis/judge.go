package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/testenv/check"
)

const (
	// crashWithin is how long a process may take to come to a point.
	crashWithin = time.Minute
	// business goes on for so long between a dump and its return.
	betweenDumpAndReturn = 10 * time.Second
)

func afterDump() <-chan time.Time { return time.After(betweenDumpAndReturn) }

// judge waits until all is at rest, and says everything that is wrong then: by Magento's tables
// and the simulator's ledger, and by whether nothing is under way any more.
func (i *installation) judge(ctx context.Context, patience time.Duration) (problems []string, err error) {
	i.sim.ClearFaults()
	go i.operate(ctx)
	deadline, least := time.Now().Add(patience), 1<<30
	for {
		problems = i.wrong(ctx)
		if len(problems) == 0 || time.Now().After(deadline) || ctx.Err() != nil {
			break
		}
		if len(problems) < least { // as long as it becomes less, it is work and no fault
			least, deadline = len(problems), time.Now().Add(patience)
		}
		time.Sleep(2 * time.Second)
	}
	if ctx.Err() != nil {
		return problems, ctx.Err()
	}
	if len(problems) > 0 {
		return problems, nil
	}
	say("the books agree")
	problems = append(problems, i.leaks(ctx)...)
	again, err := i.replayed(ctx, patience)
	return append(problems, again...), err
}

// wrong is what is wrong now.
func (i *installation) wrong(ctx context.Context) (problems []string) {
	report, err := i.books().Compare(ctx)
	if err != nil {
		return []string{err.Error()}
	}
	problems = report.Problems
	settled, err := i.books().Settlements(ctx, mapped(i.pipe.Policy))
	if err != nil {
		return []string{err.Error()}
	}
	problems = append(problems, settled...)
	for _, l := range i.sim.Ledgers() {
		if !l.Balanced || !l.DebtorsAgree {
			problems = append(problems, "the ledger of "+l.Business+" does not balance")
		}
	}
	// POSTs overlap at Sage where who sent the first was killed, or has given it up.
	if n := i.sim.Calls().UnknownFields; n > 0 {
		problems = append(problems, fmt.Sprintf("%d fields that Sage does not know", n))
	}
	if reused := i.sim.Calls().Tokens.RefreshReused; reused > i.counts.get("reconnect by a person") {
		problems = append(problems, fmt.Sprintf("%d refresh tokens were presented twice", reused))
	}
	return append(problems, i.stuck(ctx)...)
}

// stuck is what is under way though everything should be at rest, or waits for somebody.
func (i *installation) stuck(ctx context.Context) []string {
	out, err := i.sql(ctx, `
		SELECT kind || ' of ' || entity || ' is ' || state || ': ' || hint FROM operations WHERE state IN ('planned', 'sending', 'in_doubt', 'parked')
		UNION ALL SELECT id || ' is to be planned' FROM sync_items WHERE plan_due_at <= now()
		UNION ALL SELECT id || ' is ' || state || ': ' || reason || ': ' || hint FROM sync_items WHERE state IN ('planned', 'waiting', 'parked', 'open')`)
	if err != nil {
		return []string{err.Error()}
	}
	return lines(out)
}

func lines(text string) (all []string) {
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if line != "" {
			all = append(all, line)
		}
	}
	return all
}

// leaks searches every log for what may be in none.
func (i *installation) leaks(ctx context.Context) (problems []string) {
	secrets, err := i.books().Personal(ctx)
	if err != nil {
		return []string{err.Error()}
	}
	secrets = append(secrets, "demo-secret", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY")
	logs, err := filepath.Glob(filepath.Join(i.pipe.Dir, "*.log"))
	if err != nil {
		return []string{err.Error()}
	}
	for _, file := range logs {
		text, err := os.ReadFile(file)
		if err != nil {
			return []string{err.Error()}
		}
		for _, s := range secrets {
			if strings.Contains(string(text), s) {
				problems = append(problems, filepath.Base(file)+" has something personal or secret: "+s)
			}
		}
	}
	say("%d logs searched for %d texts", len(logs), len(secrets))
	return problems
}

// replayed has the sinks read every topic from its beginning: nothing may be written at Sage.
func (i *installation) replayed(ctx context.Context, patience time.Duration) (problems []string, err error) {
	for _, one := range i.of("sink") {
		one.hold()
	}
	before := i.sim.Calls().Writes
	if _, err := i.sql(ctx, "DELETE FROM bookmarks; UPDATE sync_items SET plan_due_at = now()"); err != nil {
		return nil, err
	}
	for _, one := range i.of("sink") {
		if err := one.release(); err != nil {
			return nil, err
		}
	}
	deadline := time.Now().Add(patience)
	time.Sleep(5 * time.Second)
	for problems = i.wrong(ctx); len(problems) > 0 && time.Now().Before(deadline); problems = i.wrong(ctx) {
		time.Sleep(time.Second)
	}
	if after := i.sim.Calls().Writes; after != before {
		problems = append(problems, fmt.Sprintf("reading all topics again wrote %d times at Sage", after-before))
	}
	say("all topics were read again")
	return problems, nil
}

// mapped reports which payment methods have a bank account.
func mapped(policy string) check.Mapped {
	if strings.Contains(policy, "checkmo: null") {
		return func(method string) bool { return method != "checkmo" }
	}
	return func(string) bool { return true }
}
