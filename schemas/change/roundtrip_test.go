package change

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	anyVersion = rapid.Custom(func(t *rapid.T) Version {
		return Version{rapid.Uint64Range(0, 4).Draw(t, "epoch"), rapid.Uint64Range(0, 4).Draw(t, "sequence")}
	})
	anyDomain = rapid.SampledFrom([]Domain{Sales, Customer, Catalog, Reference})
	anyRow    = rapid.Custom(func(t *rapid.T) json.RawMessage {
		row, err := json.Marshal(rapid.MapOf(rapid.String(), rapid.Int64()).Draw(t, "columns"))
		if err != nil {
			t.Fatal(err)
		}
		return row
	})
)

func TestVersionsAreTotallyOrdered(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := anyVersion.Draw(t, "a"), anyVersion.Draw(t, "b"), anyVersion.Draw(t, "c")
		if a.Compare(b) != -b.Compare(a) {
			t.Fatalf("%s against %s is %d, and the other way %d", a, b, a.Compare(b), b.Compare(a))
		}
		if (a.Compare(b) == 0) != (a == b) {
			t.Fatalf("%s and %s compare as %d", a, b, a.Compare(b))
		}
		if a.Before(b) && b.Before(c) && !a.Before(c) {
			t.Fatalf("%s is before %s is before %s, but not the first before the last", a, b, c)
		}
		if a.Before(b) != (a.Compare(b) < 0) {
			t.Fatalf("Before and Compare differ for %s and %s", a, b)
		}
	})
}

func TestTheLatestIsOneOfTheVersionsAndNoneIsNewer(t *testing.T) {
	if got := Latest(); !got.IsZero() {
		t.Errorf("the latest of none is %s", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(anyVersion, 1, 8).Draw(t, "versions")
		latest, found := Latest(all...), false
		for _, v := range all {
			if latest.Before(v) {
				t.Fatalf("%s is newer than the latest, %s", v, latest)
			}
			found = found || v == latest
		}
		if !found {
			t.Fatalf("the latest, %s, is none of %v", latest, all)
		}
	})
}

func TestTheZeroVersionIsEmptyText(t *testing.T) {
	text, err := json.Marshal(map[string]Version{"v": {}})
	if err != nil || string(text) != `{"v":""}` {
		t.Errorf("it is written as %s, %v", text, err)
	}
	if (Version{Sequence: 1}).IsZero() || (Version{Epoch: 1}).IsZero() {
		t.Error("half a version is taken for none")
	}
	old := Version{5, 7}
	if err := old.UnmarshalText([]byte("6")); err == nil {
		t.Error("a version without a sequence is read")
	}
}

func TestARefusedVersionIsNamed(t *testing.T) {
	for in, want := range map[string]string{
		"5":   "want <epoch>.<sequence>",
		"a.1": "epoch is not a number",
		"1.a": "sequence is not a number",
	} {
		t.Run(in, func(t *testing.T) {
			if _, err := ParseVersion(in); err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), in) {
				t.Errorf("%v, want an error with %q and %q", err, in, want)
			}
		})
	}
}

func TestARootReadsBackAsKindAndNumber(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{AggregateOrder, AggregateCustomer}).Draw(t, "kind")
		id := rapid.Uint64().Draw(t, "id")
		r := NewRoot(kind, id)
		if n, ok := r.Number(); r.Kind() != kind || n != id || !ok {
			t.Fatalf("%s reads back as %s, %d, %v", r, r.Kind(), n, ok)
		}
	})
	for _, r := range []Root{"", "order", "order/", "order/-1", "order/1/2", "order/1.5", "order/99999999999999999999"} {
		t.Run(string(r), func(t *testing.T) {
			if n, ok := r.Number(); ok {
				t.Errorf("it has the number %d", n)
			}
		})
	}
}

func TestAnEnvelopeReadsBackAsItWasWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := Envelope{
			Before: anyRow.Draw(t, "before"), After: anyRow.Draw(t, "after"),
			Op:   rapid.SampledFrom([]Op{Create, Update, Delete, Read, Truncate}).Draw(t, "op"),
			TSMS: rapid.Int64().Draw(t, "ts"),
			Source: Source{
				Name: rapid.String().Draw(t, "name"), Table: rapid.String().Draw(t, "table"),
				File: "b.1", Pos: rapid.Uint64().Draw(t, "pos"), GTID: rapid.String().Draw(t, "gtid"), Snapshot: "false",
			},
			Transaction: &Transaction{ID: "0-1-9", TotalOrder: rapid.IntRange(1, 1<<20).Draw(t, "ordinal")},
		}
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		back, err := DecodeEnvelope(text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(&e, back); diff != "" {
			t.Fatalf("(-written +read):\n%s", diff)
		}
	})
}

func TestNumbersOfARowKeepAllTheirDigits(t *testing.T) {
	e, err := DecodeEnvelope([]byte(`{"after":{"id":18446744073709551615,"grand_total":"12.3400"},"op":"c"}`))
	if err != nil || string(e.After) != `{"id":18446744073709551615,"grand_total":"12.3400"}` {
		t.Errorf("read %s, %v", e.After, err)
	}
	if e.Before != nil || e.Transaction != nil {
		t.Errorf("missing parts are read as %s and %v", e.Before, e.Transaction)
	}
}

func TestControlRecordsReadBackWhateverTheyHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := Commit{
			Version: anyVersion.Draw(t, "version"), Previous: anyVersion.Draw(t, "previous"),
			GTID: rapid.String().Draw(t, "gtid"), File: "b.1", Pos: rapid.Uint64().Draw(t, "pos"), TSMS: rapid.Int64().Draw(t, "ts"),
		}
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := DecodeCommit(text); err != nil || back != c {
			t.Fatalf("%s read back as %+v, %v", text, back, err)
		}
		s := Snapshot{Domain: anyDomain.Draw(t, "domain"), Version: anyVersion.Draw(t, "of"), Begin: anyVersion.Draw(t, "begin")}
		if text, err = json.Marshal(s); err != nil {
			t.Fatal(err)
		}
		if back, err := DecodeSnapshot(text); err != nil || back != s {
			t.Fatalf("%s read back as %+v, %v", text, back, err)
		}
	})
}

func TestAControlRecordThatDoesNotDecodeIsRefused(t *testing.T) {
	for _, value := range []string{``, `[]`, `{"version":"x"}`, `{"version":5}`, `commit`} {
		t.Run(value, func(t *testing.T) {
			if c, err := DecodeCommit([]byte(value)); err == nil || !strings.Contains(err.Error(), "commit marker") {
				t.Errorf("as a commit marker it reads as %+v, %v", c, err)
			}
			if s, err := DecodeSnapshot([]byte(value)); err == nil || !strings.Contains(err.Error(), "snapshot record") {
				t.Errorf("as a snapshot record it reads as %+v, %v", s, err)
			}
		})
	}
}

func TestSnapshotKeysDifferByKindAndDomain(t *testing.T) {
	seen := map[string]bool{CommitKey: true}
	for _, kind := range []string{KindSnapshotBegin, KindSnapshotEnd} {
		for _, d := range []Domain{Sales, Customer, Catalog, Reference} {
			key := SnapshotKey(kind, d)
			if seen[key] {
				t.Errorf("%s is a key already: compaction would drop one of the two", key)
			}
			seen[key] = true
		}
	}
}

func TestACheckpointReadsBackWithItsPartitions(t *testing.T) {
	at := Checkpoint{
		Epoch: 5, Sequence: 7, GTID: "0-1-9", File: "b.1", Pos: 42, ServerID: 3, TSMS: 1000,
		Partitions: map[Domain]int{Sales: 2}, EndOffsets: map[Domain][]int64{Sales: {3, 4}},
		Markers: map[Domain][]Version{Sales: {{5, 7}, {}}},
	}
	text, err := json.Marshal(at)
	if err != nil {
		t.Fatal(err)
	}
	var back Checkpoint
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(at, back); diff != "" || back.Version() != (Version{5, 7}) {
		t.Errorf("version %s (-written +read):\n%s", back.Version(), diff)
	}
}

func TestTheKeysOfTheOffsetsTopicKeepTheirShape(t *testing.T) {
	for want, key := range map[string]SourceKey{
		`{"source":"shop"}`:                    {Source: "shop"},
		`{"source":"shop","snapshot":"sales"}`: {Source: "shop", Snapshot: Sales},
	} {
		t.Run(want, func(t *testing.T) {
			if text, err := json.Marshal(key); err != nil || string(text) != want {
				t.Errorf("it is written as %s, %v: a saved checkpoint would be lost", text, err)
			}
		})
	}
}
