package plan

import (
	"encoding/json"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// cancelledText is what Sage shows as the reason of a document that was taken back.
const cancelledText = "Cancelled in Magento"

// voidCancelled takes a document back at Sage that Magento has cancelled after it was posted:
// while nothing of it is paid or allocated. What is settled is for a person.
func voidCancelled(c Case, d *canonical.Document, kind work.OperationKind, voids work.History, settled bool) (stop, error) {
	last, ok := sent(voids)
	switch {
	case c.Item.Payment == work.Void || ok && last.State == work.Confirmed:
		end := skipped(work.IsCancelled)
		end.payment, end.hint = work.Void, "void in Sage: "+c.Item.SageNumber
		return end, nil
	case ok && last.State == work.Parked:
		return parked(work.ParkReason{Reason: work.Reason(last.Reason), Hint: last.Hint}), nil
	case ok:
		return stop{keep: true}, nil
	case settled:
		return parked(work.ParkReason{Reason: work.ChangedAfterPosting,
			Hint: "cancelled in Magento after it was posted and paid, or allocated: undo in Sage what settles it and void it, or write a credit note, and type mage2sage document settle"}), nil
	}
	reason := resource.VoidReason{Text: cancelledText}
	o, refused, err := propose(c.Binding, proposal{
		key: work.OperationKey{Kind: kind, Entity: string(c.Item.ID)}, history: voids,
		verb: "void", object: string(c.Item.ID.Kind()), identity: documentIdentity(d), content: reason,
		body: func(string) (json.RawMessage, error) { return reason.Body() },
	})
	if err != nil {
		return stop{}, err
	}
	if refused {
		last, _ = voids.Last()
		return parked(work.ParkReason{Reason: work.VoidRefused, Hint: last.Hint +
			": cancelled in Magento after it was posted; void it in Sage by hand, or write a credit note, and type mage2sage document settle"}), nil
	}
	o.Target, o.Total = c.Item.SageID, c.Item.SageTotal
	return stop{state: work.ItemPosted, cancel: true, operations: []work.Operation{o}}, nil
}
