package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

func TestAReplayAsksForWhatTheFlagsSay(t *testing.T) {
	for flags, want := range map[string]string{
		"--entity invoice --all":                                       "invoice",
		"--key invoice:12":                                             "invoice:12",
		"--entity stock --key stock:24-MB01":                           "stock:24-MB01",
		"--entity invoice --from 2026-03-01":                           "invoice from 2026-03-01T00:00:00Z",
		"--entity invoice --from 2026-03-01 --to 2026-03-31":           "invoice from 2026-03-01T00:00:00Z to before 2026-04-01T00:00:00Z",
		"--entity invoice --to 2026-03-31T08:00:00+02:00":              "invoice to before 2026-03-31T06:00:00Z",
		"--entity invoice --to 1970-01-01T00:00:00Z":                   "invoice to before 1970-01-01T00:00:00Z",
		"--entity invoice --from 1970-01-01":                           "invoice from 1970-01-01T00:00:00Z",
		"--entity invoice --from 1970-01-01 --to 1969-12-31":           "error: --to is before --from",
		"--entity order --partition 0 --from-offset 7 --to-offset 9":   "order of partition 0 from offset 7 to before offset 9",
		"--entity order --partition 2":                                 "order of partition 2",
		"--entity order --from-offset 7 --all":                         "error: --partition",
		"--entity order --partition -1":                                "error: counted from 0",
		"--entity order --partition 1 --from-offset 7 --to-offset 7":   "error: --to-offset is not behind",
		"--entity order --from 2026-03-02 --to 2026-03-01":             "error: --to is before --from",
		"--entity order --from 2026-03-01 --to 2026-03-01":             "order from 2026-03-01T00:00:00Z to before 2026-03-02T00:00:00Z",
		"--entity invoice --key creditmemo:3":                          "error: of the kind",
		"--key invoice":                                                "error: of the kind",
		"--key invoice:":                                               "error: of the kind",
		"--key invoice:abc":                                            "error: of the kind",
		"--key invoice:0":                                              "error: of the kind",
		"--key stock:":                                                 "error: of the kind",
		"--entity parcel --all":                                        "error: creditmemo",
		"--entity invoice --from yesterday":                            "error: write a date",
		"--entity invoice --from 2026-03-01T08:00:00 --to 2026-03-02T": "error: write a date",
	} {
		t.Run(flags, func(t *testing.T) {
			cmd := (&root{}).replay()
			if err := cmd.ParseFlags(strings.Fields(flags)); err != nil {
				t.Fatal(err)
			}
			f := replayFlags{}
			f.entity, _ = cmd.Flags().GetString("entity")
			f.key, _ = cmd.Flags().GetString("key")
			f.from, _ = cmd.Flags().GetString("from")
			f.to, _ = cmd.Flags().GetString("to")
			f.partition, _ = cmd.Flags().GetInt("partition")
			f.fromOffset, _ = cmd.Flags().GetInt64("from-offset")
			f.toOffset, _ = cmd.Flags().GetInt64("to-offset")
			request, err := f.request(cmd.Flags().Changed)
			if says, fails := strings.CutPrefix(want, "error: "); fails {
				if err == nil || !strings.Contains(err.Error(), says) {
					t.Errorf("it says %v, want %q", err, says)
				}
			} else if err != nil || request.What() != want {
				t.Errorf("it asks for %q, %v, want %q", request.What(), err, want)
			}
		})
	}
}

func TestTheCommandShowsHowFarAReplayIs(t *testing.T) {
	states := []map[int]change.ReplayAnswer{
		{0: {Read: 50, Emitted: 20}},
		{0: {Done: true, Read: 90, Emitted: 40}, 1: {Done: true, Read: 10, Emitted: 2}},
	}
	n := 0
	read := func() (topic.SourceState, error) {
		n++
		return topic.SourceState{Orders: topic.Orders{Answered: map[string]map[int]change.ReplayAnswer{"r": states[min(n, 2)-1], "other": states[1]}}}, nil
	}
	asked := change.ReplayRequest{ID: "r", Kind: "invoice"}
	var out bytes.Buffer
	if err := awaitReplay(t.Context(), newMeter(&out), asked, 2, read); err != nil {
		t.Fatal(err)
	}
	for _, says := range []string{"0 of 2 partitions done: 50 records read, 20 written again\n", "100 records were read and 42 written again, in "} {
		if !strings.Contains(out.String(), says) {
			t.Errorf("it says %q, want %q", out.String(), says)
		}
	}
	states[1] = map[int]change.ReplayAnswer{0: {Done: true, Read: 90}, 1: {Done: true, Read: 10}}
	if err := awaitReplay(t.Context(), newMeter(&out), asked, 2, read); err != nil || !strings.Contains(out.String(), "100 records were read, and none of them is what was asked for") {
		t.Errorf("of a replay of nothing it says %q, %v", out.String(), err)
	}
	asked.Key = "invoice:99999"
	err := awaitReplay(t.Context(), newMeter(&out), asked, 2, read)
	if exitCode(err) != exitPerson || !strings.Contains(err.Error(), "no record is the newest of invoice:99999") {
		t.Errorf("of a key that no entity has it says %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := awaitReplay(ctx, newMeter(&out), asked, 3, read); !errors.Is(err, context.Canceled) {
		t.Errorf("who ends it early gets %v", err)
	}
}

func TestReplaysOfLongAgoAreForgotten(t *testing.T) {
	now := time.Now()
	orders := topic.Orders{
		Replays: map[string]change.ReplayRequest{
			"old": {ID: "old", AtMS: now.Add(-8 * 24 * time.Hour).UnixMilli()}, "young": {ID: "young", AtMS: now.Add(-6 * 24 * time.Hour).UnixMilli()},
		},
		Answered: map[string]map[int]change.ReplayAnswer{"old": {3: {Done: true}}, "young": {3: {Done: true}}},
	}
	records, err := replayRecords("shop", orders, change.ReplayRequest{ID: "new", Kind: "invoice"})
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, r := range records {
		if (r.Value == nil) != strings.Contains(string(r.Key), "old") {
			t.Errorf("the record of %s is %s", r.Key, r.Value)
		}
		keys = append(keys, string(r.Key))
	}
	want := `{"source":"shop","replay":"old"} {"source":"shop","replay":"old","part":"3"} {"source":"shop","replay":"new"}`
	if strings.Join(keys, " ") != want {
		t.Errorf("the records are %s, want %s", keys, want)
	}
}
