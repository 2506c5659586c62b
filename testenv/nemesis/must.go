package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/mage2sage/mage2sage/schemas/crash"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// A must is something that every run has to have seen once. Doing returns false where it did not
// happen and is to be tried again.
type must struct {
	name  string
	late  bool // once all orders are placed, or half of the business is lost
	doing func(ctx context.Context) bool

	mutex       sync.Mutex
	under, done bool
}

// begin does it beside everything else.
func (m *must) begin(ctx context.Context, placed bool) {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	if m.under || m.done || m.late && !placed {
		return
	}
	m.under = true
	go func() {
		done := m.doing(ctx)
		m.mutex.Lock()
		defer m.mutex.Unlock()
		m.under, m.done = false, done
		if done {
			say("done: %s", m.name)
		}
	}()
}

// pending lists what has not happened.
func pending(all []*must) (left []*must) {
	for _, m := range all {
		m.mutex.Lock()
		if !m.done {
			left = append(left, m)
		}
		m.mutex.Unlock()
	}
	return left
}

// shopsDatabase is what the report calls it.
const shopsDatabase = "the shop's database"

func names(all []*must) string {
	var texts []string
	for _, m := range all {
		texts = append(texts, m.name)
	}
	return strings.Join(texts, ", ")
}

// musts are every named point, a long sleep of each stage, restarts of the servers, and an older
// Postgres that is put back.
func (i *installation) musts(o options) (all []*must) {
	for _, p := range crash.Points() {
		nth := 1 + i.random.IntN(3)
		all = append(all, &must{name: "crash at " + string(p), doing: func(ctx context.Context) bool {
			return i.crash(ctx, p, nth)
		}})
	}
	for _, stage := range []string{"capture", "transform", "sink"} {
		all = append(all, &must{name: o.sleep.String() + " of sleep of a " + stage, doing: func(context.Context) bool {
			one := i.of(stage)[0]
			return i.doze(one, o.sleep, "SIGSTOP of "+o.sleep.String())
		}})
	}
	restart := func(name string, server interface {
		Kill()
		Start(context.Context) error
	}) *must {
		return &must{name: name + " restarted", doing: func(ctx context.Context) bool {
			if name == shopsDatabase {
				i.market.Lock()
				defer i.market.Unlock()
			}
			i.taken.Lock()
			defer i.taken.Unlock()
			i.counts.add(name + " killed")
			server.Kill()
			if err := server.Start(ctx); err != nil {
				say("%s does not start: %v", name, err)
				return false
			}
			return true
		}}
	}
	return append(all, restart("Kafka", i.servers.Kafka), restart(shopsDatabase, i.servers.Source),
		&must{name: "an older Postgres put back", doing: i.putBack},
		&must{name: "a rate of tax that is mapped later", doing: i.unmap},
		&must{name: "a period that is locked for a while", doing: i.lockPeriod},
		&must{name: "Kafka out of reach", doing: func(context.Context) bool { return i.freeze("Kafka", i.servers.Kafka.Process, outOfReach) }},
		&must{name: "Postgres out of reach", doing: func(context.Context) bool { return i.freeze("Postgres", i.servers.Postgres.Process, outOfReach) }},
		&must{name: shopsDatabase + " out of reach", doing: func(context.Context) bool {
			i.market.Lock()
			defer i.market.Unlock()
			return i.freeze(shopsDatabase, i.servers.Source.Process, outOfReach)
		}},
		&must{name: "Sage out of reach", doing: i.sageOutOfReach})
}

// crash has a process die at a point: all of the stage are to die there, as one of two may be the
// only one that comes there for long, and the first that does is enough. Some points are passed
// only where something went wrong.
func (i *installation) crash(ctx context.Context, p crash.Point, nth int) bool {
	switch p {
	case crash.TokenRotated:
		nth = 1
		i.sim.Expire()
	case crash.SinkLookedUp:
		nth = 1
		i.sim.Fault(simulator.Fault{Path: "/v3.1/", Method: "POST", Mode: "drop_before", Count: 3})
	}
	died, enough := make(chan bool), make(chan struct{})
	all := i.of(stageOf(p))
	for _, one := range all {
		go func() { died <- one.dieAt(p, nth, crashWithin, enough) }()
	}
	happened := false
	for range all {
		if <-died && !happened {
			happened = true
			i.counts.add("crash at a point")
			close(enough)
		}
	}
	return happened
}

// putBack dumps Postgres, lets business go on, and puts the dump back, as an operator would: with
// the sinks stopped.
func (i *installation) putBack(ctx context.Context) bool {
	i.policy.Lock() // the policy comes back with it
	defer i.policy.Unlock()
	dump := filepath.Join(i.dir, "postgres.sql")
	if out, err := exec.CommandContext(ctx, "pg_dump", i.pipe.Postgres, "-f", dump).CombinedOutput(); err != nil {
		say("pg_dump: %v: %s", err, out)
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-afterDump():
	}
	for _, one := range i.of("sink") {
		one.hold()
	}
	defer func() {
		for _, one := range i.of("sink") {
			if err := one.release(); err != nil {
				say("%s does not start: %v", one.name, err)
			}
		}
	}()
	out, err := exec.CommandContext(ctx, "psql", i.pipe.Postgres, "-v", "ON_ERROR_STOP=1", "-q", "-1",
		"-c", "DROP SCHEMA public CASCADE", "-c", "CREATE SCHEMA public", "-f", dump).CombinedOutput()
	if err != nil {
		say("psql: %v: %s", err, out)
		return false
	}
	i.counts.add("older Postgres put back")
	return os.Remove(dump) == nil
}
