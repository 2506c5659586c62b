package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/testenv/shop"
)

const (
	// noticedWithin is how long an outage is kept up beyond its length until status says so.
	noticedWithin = time.Minute
	// recoversWithin is when a row counts as not recovered: breakers and holds end within
	// a minute of a healthy answer, and what was put off goes again after some more.
	recoversWithin = 4 * time.Minute
)

// pollEvery is between two looks while the outage lasts: as often as a watchful person.
const pollEvery = 500 * time.Millisecond

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// measure makes an installation, takes something away from it, and gives it back.
func measure(ctx context.Context, binary string, o outage, length time.Duration) (r row, err error) {
	r = row{outage: o.name, length: length, after: "never"}
	dir, err := os.MkdirTemp("", "mage2sage-outage-")
	if err != nil {
		return r, err
	}
	defer func() {
		if err == nil {
			os.RemoveAll(dir)
		}
	}()
	if err := os.Chmod(dir, 0o755); err != nil { // Postgres runs as another user where this one is root
		return r, err
	}
	i, err := install(ctx, dir, binary, o.inOne)
	if err != nil {
		return r, err
	}
	defer i.stop()
	if _, err := i.settled(ctx); err != nil {
		return r, fmt.Errorf("before the outage: %w", err)
	}
	began := time.Now()
	if err := o.begin(ctx, i); err != nil {
		return r, err
	}
	if err := i.during(ctx, &r, began); err != nil {
		return r, err
	}
	if err := o.end(ctx, i); err != nil {
		return r, err
	}
	if err := i.trade(ctx); err != nil {
		return r, err
	}
	took, err := i.settled(ctx)
	if err != nil {
		return r, fmt.Errorf("after the outage: %w", err)
	}
	r.recovered = took.Round(time.Second).String()
	return r, nil
}

// during does business while the outage lasts, and asks status again and again.
func (i *installation) during(ctx context.Context, r *row, began time.Time) error {
	for noticed := false; ; sleep(ctx, pollEvery) {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		over := time.Since(began) > r.length
		if over && noticed {
			return nil
		}
		if time.Since(began) > r.length+noticedWithin {
			return errors.New("status did not say anything")
		}
		_ = i.trade(ctx) // not where the shop's own database is away
		said, exit, err := i.status(ctx)
		if err != nil {
			return err
		}
		if exit == 0 {
			continue
		}
		if !noticed {
			noticed, r.after = true, time.Since(began).Round(time.Second).String()
		}
		r.said, r.exit, r.ready = said, exit, i.ready(ctx)
		if over && strings.Count(r.ready, "200 ") == len(i.names) {
			return fmt.Errorf("status said %s, and every process said that it is ready", said)
		}
	}
}

// trade places an order and invoices it.
func (i *installation) trade(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return i.shop.Run(ctx, shop.Plan{Orders: 1}, nil)
}

// settled waits until status says well and both books agree.
func (i *installation) settled(ctx context.Context) (took time.Duration, err error) {
	began := time.Now()
	var said string
	for time.Since(began) < recoversWithin {
		var exit int
		if said, exit, err = i.status(ctx); err != nil {
			return 0, err
		}
		report, err := i.books().Compare(ctx)
		if err != nil {
			return 0, err
		}
		if exit == 0 && report.OK() {
			return time.Since(began), nil
		}
		if !report.OK() {
			said += fmt.Sprintf(" (%d documents missing)", report.Missing())
		}
		if sleep(ctx, pollEvery); ctx.Err() != nil {
			return 0, ctx.Err()
		}
	}
	return 0, fmt.Errorf("not within %s: %s; logs in %s", recoversWithin, said, i.pipe.Dir)
}

// status returns the first line of status and its exit code.
func (i *installation) status(ctx context.Context) (said string, exit int, err error) {
	out, err := i.pipe.Command(ctx, "status").Output()
	var ended *exec.ExitError
	if err != nil && !errors.As(err, &ended) {
		return "", 0, err
	}
	said, _, _ = strings.Cut(string(out), "\n")
	if ended != nil {
		exit = ended.ExitCode()
	}
	if said == "" {
		return "", exit, fmt.Errorf("status printed nothing: %s", ended.Stderr)
	}
	return said, exit, nil
}
