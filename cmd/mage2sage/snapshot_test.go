package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

func TestARangeOfKeysIsWrittenWithTwoDots(t *testing.T) {
	for keys, want := range map[string]string{
		"": "-", "1000..2000": "1000-2000", "1000..": "1000-", "..2000": "-2000", "SKU-1..SKU-1": "SKU-1-SKU-1",
		"1000": "error", "..": "error",
	} {
		var r change.SnapshotRequest
		got := "error"
		if err := fill(&r, keys, "order:12", ""); err == nil {
			got = r.From + "-" + r.To
		}
		if got != want || r.Root != "order/12" {
			t.Errorf("%q is %q of %s, want %q", keys, got, r.Root, want)
		}
	}
}

func TestTheCommandShowsHowFarASnapshotIsAndHowItEnded(t *testing.T) {
	request := change.SnapshotRequest{ID: "r", Table: "sales_order"}
	answered := func(a change.SnapshotAnswer) topic.SourceState {
		return topic.SourceState{Requests: topic.Requests{Answered: map[string]change.SnapshotAnswer{"r": a}}}
	}
	under := topic.SourceState{Tables: map[string]change.Progress{"sales_order": {Read: 500, Expected: 2000, ReadMS: 1000, Request: "r"}}}
	other := topic.SourceState{Tables: map[string]change.Progress{"sales_order": {Read: 500, Expected: 2000, ReadMS: 1000, Request: "before"}}}
	for name, c := range map[string]struct {
		states   []topic.SourceState
		terminal bool
		says     []string
		fails    string
	}{
		"done": {[]topic.SourceState{under, answered(change.SnapshotAnswer{Done: true, Read: 2000, Rows: 1990})}, false,
			[]string{"sales_order: 500 rows read of about 2000, 500 a second, 3s left\n", "2000 rows of sales_order were read and 1990 published, in "}, ""},
		"by a column of the shop's own": {[]topic.SourceState{answered(change.SnapshotAnswer{Done: true, Read: 2, Rows: 2, Column: "row_id"})}, false,
			[]string{"2 rows of sales_order by row_id were read"}, ""},
		"on a terminal":            {[]topic.SourceState{under, answered(change.SnapshotAnswer{Done: true})}, true, []string{"\rsales_order: 500 rows read"}, ""},
		"another one is under way": {[]topic.SourceState{other, answered(change.SnapshotAnswer{Done: true})}, false, []string{"sales_order: nothing read yet\n"}, ""},
		"refused":                  {[]topic.SourceState{answered(change.SnapshotAnswer{Done: true, Problem: "the table is not there"})}, false, nil, "the table is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			m, n := newMeter(&out), 0
			m.terminal = c.terminal
			err := await(t.Context(), m, request, func() (topic.SourceState, error) { n++; return c.states[n-1], nil })
			if (err == nil) != (c.fails == "") || err != nil && err.Error() != c.fails {
				t.Errorf("it ended with %v, want %q", err, c.fails)
			}
			for _, says := range c.says {
				if !strings.Contains(out.String(), says) {
					t.Errorf("it says %q, want %q", out.String(), says)
				}
			}
		})
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := await(ctx, newMeter(&bytes.Buffer{}), request, func() (topic.SourceState, error) { return under, nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("who ends it early gets %v", err)
	}
}

func TestAnEntityWithoutRowsIsSaid(t *testing.T) {
	order, table := change.SnapshotRequest{Root: "order/999"}, change.SnapshotRequest{Table: "sales_order", From: "9"}
	for want, got := range map[string]string{
		"no captured table has a row of order:999; what the topic still has of it is compared with the tables": outcome(order, change.SnapshotAnswer{Done: true}, time.Second),
		"4 rows of order:999 were read and 3 published, in 1s":                                                 outcome(order, change.SnapshotAnswer{Done: true, Read: 4, Rows: 3}, time.Second),
		"0 rows of sales_order 9.. were read and 0 published, in 1s":                                           outcome(table, change.SnapshotAnswer{Done: true}, time.Second),
	} {
		t.Run(want, func(t *testing.T) {
			if got != want {
				t.Errorf("it says %q", got)
			}
		})
	}
}

func TestWhoDoesNotWaitIsToldWhereToLook(t *testing.T) {
	cluster, file := ofThree(t, "")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	file = configFile(t, string(text)+"source: {name: shop, host: 127.0.0.1, port: 1, user: m, password: p, database: d}\n")
	client := topic.Dial(cluster.ListenAddrs())
	defer client.Close()
	names := topic.Names{Prefix: "mage2sage"}
	if err := client.Ensure(t.Context(), []topic.Spec{{Name: names.Offsets(), Partitions: 1}}); err != nil {
		t.Fatal(err)
	}
	pipeline, _ := topic.PipelineRecord("p")
	saved, _ := topic.CheckpointRecord("shop", change.Checkpoint{Epoch: 1})
	records := []topic.Record{pipeline, saved}
	topic.Stamp(records, "p")
	if _, err := client.Produce(t.Context(), names.Offsets(), 0, records); err != nil {
		t.Fatal(err)
	}
	ask := func(want ...string) {
		t.Helper()
		code, said := exitOf(t, t.Context(), "-c", file, "snapshot", "--table", "sales_order", "--no-wait")
		if want := strings.Join(want, "\n") + "\n"; code != exitWell || said != want {
			t.Errorf("it ends with %d and says\n%swant\n%s", code, said, want)
		}
	}
	ask("asked for sales_order", "capture does not run now: it begins when capture does", "mage2sage status shows how far it is")
	// One that waits for the shop runs, and begins when the shop is back.
	beat := health.Heartbeat{Sent: time.Now(), Started: time.Now(), EveryMS: 60_000, Troubles: []health.Trouble{{Problem: "the server does not answer"}}}
	troubled, _ := topic.HeartbeatRecord(change.SourceKey{Source: "shop", Stage: "capture", Instance: "a/1"}, beat)
	records = []topic.Record{troubled}
	topic.Stamp(records, "p")
	if _, err := client.Produce(t.Context(), names.Offsets(), 0, records); err != nil {
		t.Fatal(err)
	}
	ask("asked for sales_order", "mage2sage status shows how far it is")
}
