package change

import (
	"encoding/json"
	"testing"

	"pgregory.net/rapid"
)

func TestVersionsAreOrderedByEpochAndThenBySequence(t *testing.T) {
	for name, c := range map[string]struct {
		v, w Version
		want int
	}{
		"the same":                              {Version{5, 7}, Version{5, 7}, 0},
		"a later transaction":                   {Version{5, 8}, Version{5, 7}, 1},
		"a later epoch begins at a low number":  {Version{6, 1}, Version{5, 900}, 1},
		"no version is before every other":      {Version{}, Version{0, 1}, -1},
		"ten is after nine, unlike their texts": {Version{5, 10}, Version{5, 9}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.v.Compare(c.w); got != c.want {
				t.Errorf("%s against %s is %d, want %d", c.v, c.w, got, c.want)
			}
		})
	}
	if got := Latest(Version{5, 7}, Version{6, 1}, Version{5, 900}); got != (Version{6, 1}) {
		t.Errorf("the latest is %s, want 6.1", got)
	}
}

func TestAVersionReadsBackAsItWasPrinted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := Version{rapid.Uint64().Draw(t, "epoch"), rapid.Uint64().Draw(t, "sequence")}
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var back Version
		if err := json.Unmarshal(text, &back); err != nil || back != v {
			t.Fatalf("%s read back as %s, %v", text, back, err)
		}
	})
}

func TestWhatIsNoVersionIsRefused(t *testing.T) {
	for _, s := range []string{"5", "5.", ".7", "5.7.9", "a.b", "-1.2", "5,7", "99999999999999999999999.1"} {
		t.Run(s, func(t *testing.T) {
			if v, err := ParseVersion(s); err == nil {
				t.Errorf("it reads as %s", v)
			}
		})
	}
	var none Version
	if err := none.UnmarshalText(nil); err != nil || !none.IsZero() {
		t.Errorf("empty text reads as %s, %v; want no version", none, err)
	}
}

func TestARootNamesKindAndNumber(t *testing.T) {
	r := NewRoot("order", 12)
	if n, ok := r.Number(); r != "order/12" || r.Kind() != "order" || n != 12 || !ok {
		t.Errorf("%s is a %s with number %d, %v", r, r.Kind(), n, ok)
	}
	if _, ok := Root("stock/abc").Number(); ok {
		t.Error("a SKU is a number")
	}
}

func TestAKeyNeedsTableAndPrimaryKey(t *testing.T) {
	k, err := DecodeKey([]byte(`{"table":"sales_order_item","pk":{"item_id":7}}`))
	if err != nil || k.Table != "sales_order_item" || string(k.PK) != `{"item_id":7}` {
		t.Errorf("read %+v, %v", k, err)
	}
	for _, bad := range []string{``, `{}`, `{"table":"x"}`, `{"pk":{"a":1}}`, `commit`} {
		t.Run(bad, func(t *testing.T) {
			if k, err := DecodeKey([]byte(bad)); err == nil {
				t.Errorf("it reads as %+v", k)
			}
		})
	}
}

func TestATombstoneIsNoEnvelope(t *testing.T) {
	if e, err := DecodeEnvelope(nil); e != nil || err != nil {
		t.Errorf("read %+v, %v; want nothing", e, err)
	}
	if e, err := DecodeEnvelope([]byte(`not an envelope`)); err == nil {
		t.Errorf("read %+v", e)
	}
}

func TestControlRecordsReadBack(t *testing.T) {
	c := Commit{Version: Version{5, 7}, Previous: Version{5, 3}, GTID: "0-1-9", File: "b.1", Pos: 42, TSMS: 1000}
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := DecodeCommit(text); err != nil || back != c {
		t.Errorf("%s read back as %+v, %v", text, back, err)
	}
	s := Snapshot{Domain: Sales, Version: Version{5, 9}, Begin: Version{5, 1}}
	if text, err = json.Marshal(s); err != nil {
		t.Fatal(err)
	}
	if back, err := DecodeSnapshot(text); err != nil || back != s || SnapshotKey(KindSnapshotEnd, Sales) != "snapshot_end/sales" {
		t.Errorf("%s read back as %+v, %v", text, back, err)
	}
}

func FuzzDecodeEnvelope(f *testing.F) {
	f.Add([]byte(`{"before":null,"after":{"a":1},"source":{"name":"shop"},"op":"c","ts_ms":1,"transaction":null}`))
	f.Add([]byte(`{"op":7}`))
	f.Fuzz(func(t *testing.T, value []byte) {
		e, err := DecodeEnvelope(value)
		if err != nil || e == nil {
			return
		}
		text, err := json.Marshal(e)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if _, err := DecodeEnvelope(text); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}
