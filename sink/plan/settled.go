package plan

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A SettledDocument is what is kept of a document that a person has settled.
type SettledDocument struct {
	Digest string        // of the sale as it is now
	Xref   work.XrefType // of its object in Sage
}

// leftOutMark begins the digest of a document that a person has left out. Nothing else may
// keep a document from being posted.
const leftOutMark = "left-out:"

// Settled reads what is kept of an entity when a person settles it. Only documents are
// posted, so only they are settled.
func Settled(what work.Settlement, body json.RawMessage) (s SettledDocument, err error) {
	k, mark := what.ID.Kind(), ""
	if what.Outcome == work.SettledSkipped {
		mark = leftOutMark
	}
	entity, err := decode(k, body)
	if err != nil {
		return s, err
	}
	switch e := entity.(type) {
	case *canonical.Invoice:
		return SettledDocument{mark + saleOf(&e.Document).String(), work.XrefInvoice}, nil
	case *canonical.CreditMemo:
		return SettledDocument{mark + saleOf(&e.Document).String(), work.XrefCreditNote}, nil
	}
	return s, fmt.Errorf("a %s is no document that stands in Sage: only --retry settles it", k)
}

// leftOut stops the plan of a document that a person has left out, for as long as it is
// the one that the person has seen.
func leftOut(item work.SyncItem, h *canonical.Envelope, d *canonical.Document) stop {
	digest, marked := strings.CutPrefix(item.SentDigest, leftOutMark)
	if !marked || item.SageID != "" {
		return stop{}
	}
	then, now := readSale(digest), saleOf(d)
	switch {
	case h.Deleted || d.State == canonical.Cancelled:
	case then.document != now.document: // the id stands for another sale, of which nothing was said
		return stop{}
	case then.money != now.money || !then.sameBuyer(now) || then.movedTo(now):
		return parked(work.ParkReason{Reason: work.ChangedAfterSettling,
			Hint: "amounts or buyer changed in Magento after a person had settled it: correct in Sage what was done by hand, and settle it again with mage2sage document settle"})
	}
	end := skipped(work.SettledByHand)
	if item.Reason == work.SettledByHand {
		end.hint = item.Hint
	}
	return end
}
