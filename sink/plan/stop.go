package plan

import (
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A stop is why planning an item goes no further now: what becomes of the item, and
// what has to be made or to happen first. The zero stop is none.
type stop struct {
	state       work.ItemState
	reason      work.Reason
	hint        string
	waitsFor    string            // an entity; "" for a newer version of this one
	payment     work.PaymentState // "" leaves it as it is
	planAgainIn time.Duration
	operations  []work.Operation
	cancel      bool         // what was planned for the item and never sent
	wake        bool         // what waits for the entity, even if its state stays
	planToo     canonical.ID // another item that is planned once more; "" is none
	keep        bool         // changes nothing: a call is under way, and its outcome comes first
}

func (s stop) found() bool { return s.state != "" || s.keep }

// skipped and parked also cancel what was planned and never sent.
func skipped(r work.Reason) stop { return stop{state: work.ItemSkipped, reason: r, cancel: true} }

func parked(why work.ParkReason) stop {
	return stop{state: work.ItemParked, reason: why.Reason, hint: why.Hint, cancel: true}
}

func waiting(r work.Reason, entity, hint string) stop {
	return stop{state: work.ItemWaiting, reason: r, waitsFor: entity, hint: hint}
}

// verdict is the stop as a verdict on an item.
func (s stop) verdict(item work.SyncItem, now time.Time) work.Verdict {
	if s.keep {
		return work.Verdict{Item: item}
	}
	since := waitingSince(item, s.reason, now)
	if item.WaitingSince = nil; s.state == work.ItemWaiting {
		item.WaitingSince = &since
	}
	item.State, item.Reason, item.Hint, item.WaitsFor = s.state, s.reason, s.hint, s.waitsFor
	if s.payment != "" {
		item.Payment = s.payment
	}
	v := work.Verdict{Item: item, Operations: s.operations, PlanAgainIn: s.planAgainIn, WakeWaiting: s.wake, PlanToo: s.planToo}
	if s.cancel {
		v.Cancel = work.CancelledWithItem()
	}
	return v
}

// underWay stops a plan while the create of its document has an open end.
func underWay(creates work.History) stop {
	o, ok := creates.Last()
	switch {
	case ok && o.State == work.InDoubt:
		return waiting(work.WaitsForAnAnswer, "", o.Hint)
	case ok && o.State == work.Sending:
		return stop{keep: true}
	case ok && o.State == work.Parked:
		return stop{state: work.ItemParked, reason: work.Reason(o.Reason), hint: o.Hint}
	}
	return stop{}
}
