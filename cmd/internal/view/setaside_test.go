package view_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

func TestWhatTransformHasSetAsideIsListedFromItsSignsOfLife(t *testing.T) {
	broker, err := embedded.Start(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(broker.Close)
	c, names := topic.Dial([]string{broker.Addr}), topic.Names{Prefix: "m"}
	t.Cleanup(c.Close)
	if err := c.Ensure(t.Context(), []topic.Spec{{Name: names.Offsets(), Partitions: 1}}); err != nil {
		t.Fatal(err)
	}
	noon := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	beat := health.Heartbeat{Sent: noon, Troubles: []health.Trouble{
		{About: "topics", Problem: "of something else", Since: noon},
		{About: "records of m.sales/3", Since: noon, Records: []health.Record{{Topic: "m.sales", Partition: 3, Offset: 17, Reason: "broken"}, {Topic: "m.sales", Partition: 3, Offset: 9, Reason: "broken"}}},
	}}
	r, err := topic.HeartbeatRecord(change.SourceKey{Source: "shop", Stage: "transform", Instance: "a/1"}, beat)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Produce(t.Context(), names.Offsets(), 0, []topic.Record{r}); err != nil {
		t.Fatal(err)
	}
	next := "start transform again: it reads it once more; it heals too when the row changes; or pass over it: mage2sage transform skip --at m.sales/3@"
	want := []view.SetAside{
		{Stage: "transform", Topic: "m.sales", Partition: 3, Offset: 9, Since: noon, Reason: "broken", Next: next + "9 --note WHY"},
		{Stage: "transform", Topic: "m.sales", Partition: 3, Offset: 17, Since: noon, Reason: "broken", Next: next + "17 --note WHY"},
	}
	got, err := view.SetAsideByOthers(t.Context(), c, names, "shop")
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, listed (-want +got):\n%s", err, diff)
	}
}

func TestWhatTheSinkHasSetAsideIsListedWithWhatToType(t *testing.T) {
	db := openDatabase(t)
	must(t, db.conn, `INSERT INTO set_aside (topic, partition, record_offset, reason, since) VALUES ('m.canonical.invoice', 3, 17, 'broken', now())`)
	all, err := view.SetAsideBySink(t.Context(), db.DB)
	if err != nil || len(all) != 1 || all[0].Stage != "sink" || all[0].Next != "mage2sage record retry m.canonical.invoice/3@17, or skip" {
		t.Errorf("%v, listed %+v", err, all)
	}
}
