package main

import (
	"context"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/mage2sage/mage2sage/schemas/crash"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
	"github.com/mage2sage/mage2sage/testenv/shop"
)

// torment does business and takes things apart, until all orders are placed and everything that a
// run must have seen has happened.
func (i *installation) torment(ctx context.Context, o options) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	traded := make(chan error, 1)
	go func() { traded <- i.trade(ctx, o.orders) }()
	go i.operate(ctx)
	musts := i.musts(o)
	next, told, last := time.Now(), time.Now(), time.Now()
	for placed := false; ; {
		select {
		case err := <-traded:
			if err != nil {
				return err
			}
			placed = true
			say("all orders are placed")
		case done := <-i.at(next):
			close(done)
		case <-ctx.Done():
			return ctx.Err()
		}
		left := pending(musts)
		if placed && len(left) == 0 && i.counts.get("kill -9") >= o.kills {
			i.sim.ClearFaults()
			return nil
		}
		if len(left) > 0 && i.random.IntN(4) == 0 {
			m := left[i.random.IntN(len(left))]
			m.begin(ctx, placed)
		} else if err := i.anything(ctx); err != nil {
			return err
		}
		if time.Since(told) > time.Minute {
			told = time.Now()
			say("so far: %s; still to come: %s", &i.counts, names(left))
		}
		if placed && time.Since(last) > 5*time.Second { // points are passed by somebody alone
			if err := i.burst(ctx, 5); err != nil {
				return err
			}
			last = time.Now()
		}
		next = time.Now().Add(time.Duration(200+i.random.IntN(900)) * time.Millisecond)
		if placed && i.counts.get("kill -9") >= o.kills { // what is still to come needs somebody who lives
			next = next.Add(3 * time.Second)
		}
	}
}

// at is a timer as a channel that is answered once.
func (i *installation) at(t time.Time) <-chan chan struct{} {
	c := make(chan chan struct{}, 1)
	time.AfterFunc(time.Until(t), func() { c <- make(chan struct{}) })
	return c
}

// trade places orders with refunds, cancellations and edits, in bursts.
func (i *installation) trade(ctx context.Context, orders int) error {
	const burst = 25
	for placed := 0; placed < orders; placed += burst {
		if err := i.burst(ctx, burst); err != nil {
			return err
		}
	}
	return nil
}

// burst is a little business. The shop rests while its own database is away.
func (i *installation) burst(ctx context.Context, orders int) error {
	i.market.Lock()
	defer i.market.Unlock()
	plan := shop.FullPlan(orders)
	plan.CreditMemos, plan.CustomerDeletes, plan.PerSecond = orders/3+1, 0, 40
	if err := i.shop.Run(ctx, plan, nil); err != nil && ctx.Err() == nil {
		return fmt.Errorf("the shop: %w", err)
	}
	return nil
}

// sql asks mage2sage's Postgres.
func (i *installation) sql(ctx context.Context, statement string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "psql", i.pipe.Postgres, "-v", "ON_ERROR_STOP=1", "-Atqc", statement).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("psql: %w: %s", err, out)
	}
	return string(out), nil
}

// anything does one of the things that may happen at any time.
func (i *installation) anything(ctx context.Context) error {
	switch n := i.random.IntN(100); {
	case n < 60:
		if i.instances[i.random.IntN(len(i.instances))].kill() {
			i.counts.add("kill -9")
		}
	case n < 68:
		i.doze(i.instances[i.random.IntN(len(i.instances))], time.Duration(500+i.random.IntN(4000))*time.Millisecond, "SIGSTOP of seconds")
	case n < 97:
		i.spoil()
	default:
		if !i.taken.TryLock() {
			return nil
		}
		defer i.taken.Unlock()
		i.counts.add("Postgres killed")
		i.servers.Postgres.Kill()
		time.Sleep(time.Duration(i.random.IntN(1500)) * time.Millisecond)
		return i.servers.Postgres.Start(ctx)
	}
	return nil
}

// doze stops a process and lets it go on; nothing else happens to it meanwhile.
func (i *installation) doze(one *instance, d time.Duration, what string) bool {
	one.mutex.Lock()
	defer one.mutex.Unlock()
	if one.sleeping || one.held || one.awaited != "" || one.running == nil {
		return false
	}
	one.sleeping = true
	s := one.running
	s.Signal(syscall.SIGSTOP)
	i.counts.add(what)
	time.AfterFunc(d, func() {
		s.Signal(syscall.SIGCONT)
		one.mutex.Lock()
		one.sleeping = false
		one.mutex.Unlock()
	})
	return true
}

// spoils are what Sage does to a call.
var spoils = []simulator.Fault{
	{Method: http.MethodPost, Mode: "500_before"}, {Method: http.MethodPost, Mode: "500_after_commit"},
	{Method: http.MethodPost, Mode: "502_html"}, {Method: http.MethodPost, Mode: "502_after_commit"},
	{Method: http.MethodPost, Mode: "drop_before"}, {Method: http.MethodPost, Mode: "drop_after_commit"},
	{Method: http.MethodPost, Mode: "delay", Delay: 1500}, {Method: http.MethodPost, Mode: "delay_after_commit", Delay: 1500},
	{Mode: "status", Status: http.StatusTooManyRequests, RetryAfter: 1}, {Mode: "status", Status: http.StatusServiceUnavailable, Count: 3},
	{Method: http.MethodGet, Mode: "500_before"}, {Method: http.MethodDelete, Mode: "drop_after_commit"},
	{Path: "/token", Mode: "500_before"},
	{Method: http.MethodPost, Mode: "status", Status: http.StatusUnprocessableEntity},
}

// resources are what most calls are about.
var resources = []string{"/v3.1/contacts", "/v3.1/sales_invoices", "/v3.1/contact_payments", "/v3.1/sales_credit_notes", "/v3.1/contact_allocations", "/v3.1/"}

func (i *installation) spoil() {
	f := spoils[i.random.IntN(len(spoils))]
	if f.Path == "" {
		f.Path = resources[i.random.IntN(len(resources))]
	}
	i.counts.add(strings.TrimSuffix(fmt.Sprintf("Sage: %s %d", f.Mode, f.Status), " 0"))
	if f.Path == "/token" || i.random.IntN(12) == 0 {
		i.counts.add("access tokens ended")
		i.sim.Expire()
	}
	i.sim.Fault(f)
}

// stageOf is the stage that passes a point.
func stageOf(p crash.Point) string {
	stage, _, _ := strings.Cut(string(p), ".")
	if stage == "token" {
		return "sink"
	}
	return stage
}
