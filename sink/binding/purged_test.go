package binding

import (
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/work"
)

// What a purged binding has posted is not known any more: nobody may post it again.
func TestABindingBeginsAfterThePurgedOneBeforeIt(t *testing.T) {
	ended := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	earlier, later := ended.Add(-time.Second), ended
	s := newBooks()
	s.all["old"] = work.Binding{Name: "old", Source: "shop", Business: "biz", State: work.Purged, DisconnectedAt: &ended}
	for name, c := range map[string]struct {
		b        work.Binding
		since    *time.Time
		business string
		refused  bool
	}{
		"it begins before the other ended":          {work.Binding{Name: "new", Source: "shop"}, &earlier, "biz", true},
		"it begins when the other ended":            {work.Binding{Name: "new", Source: "shop"}, &later, "biz", false},
		"it was imported before the other ended":    {work.Binding{Name: "new", Source: "shop", ImportedAt: earlier}, nil, "biz", true},
		"it was imported after the other ended":     {work.Binding{Name: "new", Source: "shop", ImportedAt: later}, nil, "biz", false},
		"another business":                          {work.Binding{Name: "new", Source: "shop"}, &earlier, "biz2", false},
		"another source":                            {work.Binding{Name: "new", Source: "shop2"}, &earlier, "biz", false},
		"it has no business yet: connect will tell": {work.Binding{Name: "new", Source: "shop"}, &earlier, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			p := policy.Default()
			p.SyncSince = c.since
			err := beginsAfterPurged(t.Context(), s, c.b, p, c.business)
			if (err != nil) != c.refused || c.refused && !strings.Contains(err.Error(), "set sync_since to that time or later") {
				t.Errorf("%v; want it refused: %v", err, c.refused)
			}
		})
	}
}

func TestAPurgedBindingIsRefusedEverywhere(t *testing.T) {
	s := newBooks()
	s.all["old"] = work.Binding{Name: "old", Source: "shop", Business: "biz", State: work.Purged, Hint: "import a binding of another name"}
	file := NewFile()
	file.Binding, file.Source = "old", "shop"
	_, imported := Import(t.Context(), s, file)
	_, connected := Connect(t.Context(), ConnectRequest{Store: s, Binding: "old"})
	_, disconnected := Disconnect(t.Context(), DisconnectRequest{Store: s, Binding: "old"})
	_, rebound := Rebind(t.Context(), DisconnectRequest{Store: s, Binding: "old"})
	for what, err := range map[string]error{"import": imported, "connect": connected, "disconnect": disconnected, "rebind": rebound} {
		if err == nil || !strings.Contains(err.Error(), "closed for good: import a binding of another name") {
			t.Errorf("%s: %v, want it refused with what to do", what, err)
		}
	}
	another := NewFile()
	another.Binding, another.Source = "new", "shop"
	s.all["new"] = work.Binding{Name: "new", Source: "shop", Business: "biz", ImportedAt: time.Now(), Policy: []byte(`{}`)}
	if _, err := Import(t.Context(), s, another); err != nil {
		t.Errorf("%v, want the new binding of the same business taken", err)
	}
}
