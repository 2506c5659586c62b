package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// An outage takes something away from an installation and gives it back.
type outage struct {
	name       string
	begin, end func(context.Context, *installation) error
}

var outages = []outage{
	{"MariaDB",
		func(_ context.Context, i *installation) error { i.servers.MariaDB.Kill(); return nil },
		func(ctx context.Context, i *installation) error { return i.servers.MariaDB.Start(ctx) }},
	{"Postgres",
		func(_ context.Context, i *installation) error { i.servers.Postgres.Kill(); return nil },
		func(ctx context.Context, i *installation) error { return i.servers.Postgres.Start(ctx) }},
	{"Kafka",
		func(_ context.Context, i *installation) error { i.servers.Kafka.Kill(); return nil },
		func(ctx context.Context, i *installation) error { return i.servers.Kafka.Start(ctx) }},
	{"Sage",
		func(_ context.Context, i *installation) error { return i.sage.Close() },
		func(_ context.Context, i *installation) error { return i.startSage() }},
	{"disk", fillDisk, freeDisk},
	{"consent", revoke, consentAgain},
	{"key", func(_ context.Context, i *installation) error { return i.swapKey(rightKey, wrongKey) },
		func(_ context.Context, i *installation) error { return i.swapKey(wrongKey, rightKey) }},
}

// diskBytes is the disk of transform's state: some times what an idle state takes.
const diskBytes = 256 << 20

// mountState gives transform's state a disk of its own; that needs root.
func (i *installation) mountState() error {
	if err := os.MkdirAll(i.state(), 0o700); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", i.state(), "tmpfs", 0, fmt.Sprintf("size=%d,mode=0700", diskBytes)); err != nil {
		return fmt.Errorf("mount a small disk (as root): %w", err)
	}
	return nil
}

func (i *installation) unmountState() { _ = syscall.Unmount(i.state(), syscall.MNT_DETACH) }

func (i *installation) ballast() string { return filepath.Join(i.state(), "ballast") }

// fillDisk writes until the disk takes no more.
func fillDisk(_ context.Context, i *installation) error {
	f, err := os.Create(i.ballast())
	if err != nil {
		return err
	}
	defer f.Close()
	block := make([]byte, 1<<12)
	for err == nil {
		_, err = f.Write(block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		return err
	}
	return nil
}

func freeDisk(_ context.Context, i *installation) error { return os.Remove(i.ballast()) }

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
	return i.restart("sink")
}
