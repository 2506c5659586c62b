package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// An outage takes something away from an installation and gives it back.
type outage struct {
	name       string
	begin, end func(context.Context, *installation) error
	inOne      bool // all stages in one process, with the embedded broker
}

// outages are those of stages apart, and then those of run.
var outages = slices.Concat(apart, inOne())

var apart = []outage{
	{name: "MariaDB",
		begin: func(_ context.Context, i *installation) error { i.servers.Source.Kill(); return nil },
		end:   func(ctx context.Context, i *installation) error { return i.servers.Source.Start(ctx) }},
	{name: "Postgres",
		begin: func(_ context.Context, i *installation) error { i.servers.Postgres.Kill(); return nil },
		end:   func(ctx context.Context, i *installation) error { return i.servers.Postgres.Start(ctx) }},
	{name: "Kafka",
		begin: func(_ context.Context, i *installation) error { i.servers.Kafka.Kill(); return nil },
		end:   func(ctx context.Context, i *installation) error { return i.servers.Kafka.Start(ctx) }},
	{name: "Sage",
		begin: func(_ context.Context, i *installation) error { return i.sage.Close() },
		end:   func(_ context.Context, i *installation) error { return i.startSage() }},
	{name: "transform's disk",
		begin: func(_ context.Context, i *installation) error { return fillDisk(i.state()) },
		end:   func(_ context.Context, i *installation) error { return freeDisk(i.state()) }},
	{name: "Postgres' disk",
		begin: func(_ context.Context, i *installation) error { return fillDisk(i.postgresData()) },
		end:   roomForPostgres},
	{name: "consent", begin: revoke, end: consentAgain},
	{name: "key",
		begin: func(_ context.Context, i *installation) error { return i.swapKey(rightKey, wrongKey) },
		end:   func(_ context.Context, i *installation) error { return i.swapKey(wrongKey, rightKey) }},
}

// inOne are the outages of run, whose broker is its own.
func inOne() (all []outage) {
	for _, o := range apart {
		switch o.name {
		case "Kafka":
			continue
		case "consent":
			all = append(all, outage{name: "run: broker's disk", inOne: true,
				begin: func(_ context.Context, i *installation) error { return fillDisk(i.brokerData()) },
				end:   func(_ context.Context, i *installation) error { return freeDisk(i.brokerData()) }})
		}
		o.name, o.inOne = "run: "+o.name, true
		all = append(all, o)
	}
	return all
}

// revoke ends the consent: the tokens that are in use run out, and no new ones are given.
func revoke(_ context.Context, i *installation) error {
	i.sim.Fault(simulator.Fault{Path: "/token", Mode: "status", Status: http.StatusBadRequest, Body: `{"error":"invalid_grant"}`, Count: -1})
	i.sim.Expire()
	return nil
}

// consentAgain is a person who connects the binding once more.
func consentAgain(ctx context.Context, i *installation) error {
	i.sim.ClearFaults()
	return i.pipe.Connect(ctx)
}

// The keys that tokens are sealed with: the one of the config file, and another.
var (
	rightKey = "key: MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
	wrongKey = strings.Replace(rightKey, "MDEy", "OTEy", 1)
)

// swapKey writes another key into the config file and starts the sink anew.
func (i *installation) swapKey(from, to string) error {
	text, err := os.ReadFile(i.pipe.Config)
	if err != nil {
		return err
	}
	if !bytes.Contains(text, []byte(from)) {
		return errors.New("the config file has another key")
	}
	if err := os.WriteFile(i.pipe.Config, bytes.Replace(text, []byte(from), []byte(to), 1), 0o600); err != nil {
		return err
	}
	return i.restart(i.names[len(i.names)-1])
}
