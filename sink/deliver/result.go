package deliver

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
)

// resultOf says what a response makes of its operation. doubt is how long a call without
// an answer is left alone.
func resultOf(o work.Operation, r response, doubt time.Duration) work.CallResult {
	outcome := sage.Classify(r.err)
	if outcome == sage.Done {
		return confirmed(o, r)
	}
	result := work.CallResult{Operation: o, Reason: outcome.String(), Wait: retryAfter(outcome, o.Attempt, doubt, r.err)}
	var refusal *sage.Error
	if errors.As(r.err, &refusal) {
		result.Hint, result.SourceField = refusal.Error(), refusal.Source
	}
	switch outcome {
	case sage.Refused:
		result.State, result.Reason = work.Refused, refusal.Code
		if o.WasInDoubt {
			// What the first call made may be why this one was refused: only a look-up that finds
			// nothing makes the refusal the last word.
			result.State, result.Refused, result.Wait = work.InDoubt, true, doubt
		}
	case sage.Ambiguous:
		// The object may exist in Sage, now or in a moment, and then in its lists.
		result.State = work.InDoubt
	case sage.NotSent, sage.Held:
		result.State = work.Planned
	case sage.Throttled:
		// It was not executed, and goes first when it goes again. A look-up costs little and
		// proves it.
		result.State, result.Uncounted = work.InDoubt, true
	default: // Unauthorized, NotAllowed: the binding is paused; as little has happened
		result.State, result.Uncounted, result.Wait = work.InDoubt, true, min(doubt, forbiddenWait)
	}
	return result
}

// confirmed is the result of a call that was executed: the xref, and the effect that the
// table of operations gives it.
func confirmed(o work.Operation, r response) work.CallResult {
	result := work.CallResult{
		Operation: o, State: work.Confirmed, SageID: r.answer.sageID, Total: r.answer.total,
		Xref: work.XrefChange{Type: r.info.Xref, New: r.info.Creates()},
		OnCollision: work.ParkReason{Reason: work.XrefCollision,
			Hint: "Sage answered with an id that belongs to something else: compare sage_id " + r.answer.sageID + " with the audit trail"},
	}
	result.Operation.SentDigests = standing(o.SentDigests, r.answer.differs)
	switch r.info.Effect {
	case work.PostsItem:
		result.Posted = posting(o, r.answer)
	case work.PostsUnpaid:
		result.Posted, result.Payment = posting(o, r.answer), work.Unpaid
		if r.answer.total.IsZero() {
			result.Payment = work.Paid
		}
	case work.PaysItem:
		result.Payment = work.Paid
		if r.answer.another {
			result.Mismatch = otherContent(r.answer)
		}
	case work.SettlesItem:
		if r.answer.another {
			result.Mismatch = otherContent(r.answer)
		}
	case work.VoidsItem:
		result.Payment = work.Void
	}
	return result
}

// standing are the digests of the fields that Sage has as they were sent. A field that it
// has otherwise, as in an answer that it remembered from an older call, has none: the next
// plan changes it.
func standing(digests json.RawMessage, differs []string) json.RawMessage {
	var all map[string]string
	if len(differs) == 0 || json.Unmarshal(digests, &all) != nil {
		return digests
	}
	for _, field := range differs {
		name, _, _ := strings.Cut(field, ".")
		delete(all, name)
	}
	text, _ := json.Marshal(all) // a map of strings always encodes
	return text
}

// otherContent is for a person: what Sage has is not what was sent.
func otherContent(a answer) work.ParkReason {
	return work.ParkReason{Reason: work.ContentMismatch,
		Hint: fmt.Sprintf("Sage has %s with another %s than was sent: compare both and correct it in Sage", a.sageID, strings.Join(a.differs, ", "))}
}

// posting is what a document's item becomes: posted, or parked where Sage computed
// something else than was predicted.
func posting(o work.Operation, a answer) *work.Posting {
	p := &work.Posting{State: work.ItemPosted, SageNumber: a.number, SageContactID: a.contactID, SentDigest: work.MoneyDigestOf(o.SentDigests)}
	if hint := mismatch(o, a); hint != "" {
		p.State, p.Reason, p.Hint = work.ItemParked, work.TotalMismatch, hint
	} else if a.another {
		why := otherContent(a)
		p.State, p.Reason, p.Hint = work.ItemParked, why.Reason, why.Hint
	}
	return p
}

func mismatch(o work.Operation, a answer) string {
	if o.Total == nil || o.Tax == nil || a.total.Equal(*o.Total) && a.tax.Equal(*o.Tax) {
		return ""
	}
	return fmt.Sprintf("Sage made %s with %s tax of it, Magento has %s with %s: it is not paid automatically; compare both and correct it in Sage",
		a.total.Fixed(2), a.tax.Fixed(2), o.Total.Fixed(2), o.Tax.Fixed(2))
}
