package deliver

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// An Outcome is what Sage's lists have for an operation.
type Outcome string

// The outcomes.
const (
	Missing   Outcome = "missing"   // nothing: it is still to be made
	Equal     Outcome = "adopted"   // one thing, and it is what would be made
	Different Outcome = "different" // one thing, and it is not what would be made
	Doubled   Outcome = "doubled"   // several things of one reference
)

// A Match is what the books have for an operation.
type Match struct {
	Outcome Outcome
	// Result is what becomes of the operation, nothing of a missing one: it is confirmed, or
	// parked for a person.
	Result work.CallResult
	Found  []work.Standing
	// Differs names the fields that Sage has otherwise.
	Differs []string
}

// A standing answer is something in the books, compared with an operation.
type standingAnswer struct {
	answer
	work.Standing
}

// Match looks an operation up in the books: by its reference, and of one kind by what it is
// about. Adopted is one thing alone, and only where it is equal: a contact in currency and
// person; a document in reference, contact, currency, date, total and tax; a payment in
// reference, contact, currency and amount, for its document; an allocation in what it
// allocates. other widens it to what another connector has made; nil is none.
func (b *Books) Match(o work.Candidate, other *OtherConnector) (Match, error) {
	call, err := callOf(o.Kind)
	if err != nil {
		return Match{}, err
	}
	found, err := b.find(o, other)
	if err != nil || len(found) == 0 {
		return Match{Outcome: Missing}, err
	}
	m := Match{Outcome: Different, Differs: found[0].differs}
	for _, f := range found {
		m.Found = append(m.Found, f.Standing)
	}
	switch {
	case len(found) > 1:
		m.Outcome, m.Differs = Doubled, nil
	case !found[0].another:
		if other != nil {
			o.Tax = nil // another connector may have split the total otherwise
		}
		m.Outcome, m.Result = Equal, confirmed(o.Operation, response{info: call.info, answer: found[0].answer})
		return m, nil
	}
	m.Result = work.CallResult{Operation: o.Operation, State: work.Parked, Reason: string(work.NotAsInSage), Hint: b.bothSides(o, m)}
	return m, nil
}

// find returns what stands in the books for an operation, each thing once.
func (b *Books) find(o work.Candidate, other *OtherConnector) (found []standingAnswer, err error) {
	switch o.Kind {
	case work.CreateContact:
		for _, c := range unique(b.contacts, other.contactReferences(o), resource.Contact.ResourceID) {
			found = append(found, standingAnswer{other.contact(o, c), contactStanding(c)})
		}
	case work.CreateInvoice, work.CreateCreditNote:
		for _, d := range unique(b.documents, keys(o.Kind, other.documentReferences(o)), resource.Document.ResourceID) {
			found = append(found, standingAnswer{other.document(o, d), b.documentStanding(o.Kind, d)})
		}
	case work.CreatePayment, work.RefundCreditNote:
		return b.findPayments(o, other)
	case work.AllocateCreditNote:
		return b.findAllocations(o)
	default:
		return nil, fmt.Errorf("nothing in Sage's lists says whether %s was made", o.Kind)
	}
	return found, nil
}

// keys are references of things of a kind.
func keys(kind work.OperationKind, references []string) (all []string) {
	for _, r := range references {
		all = append(all, string(kind)+"|"+work.ReferenceKey(r))
	}
	return all
}

// unique are the things under any of several keys, each once.
func unique[T any](in map[string][]T, keys []string, id func(T) string) (all []T) {
	for _, key := range keys {
		for _, one := range in[key] {
			if !slices.ContainsFunc(all, func(have T) bool { return id(have) == id(one) }) {
				all = append(all, one)
			}
		}
	}
	return all
}

// findPayments finds payments by reference, and by the document that they are for. Where there
// is none and somebody has settled the document otherwise, that document is what stands there:
// a payment more would be one too many.
func (b *Books) findPayments(o work.Candidate, other *OtherConnector) (found []standingAnswer, err error) {
	sent, err := resource.SentPayment(o.Body)
	if err != nil {
		return nil, err
	}
	all := unique(b.payments, keys(o.Kind, []string{o.Reference}), resource.Payment.ResourceID)
	for _, share := range sent.AllocatedArtefacts {
		for _, p := range b.paying[string(o.Kind)+"|"+share.ArtefactID] {
			if !slices.ContainsFunc(all, func(have resource.Payment) bool { return have.ID == p.ID }) {
				all = append(all, p)
			}
		}
	}
	for _, p := range all {
		found = append(found, standingAnswer{b.payment(o, p, sent.AllocatedArtefacts, other), b.paymentStanding(o.Kind, p)})
	}
	if len(found) > 0 || o.Kind != work.CreatePayment {
		return found, nil
	}
	for _, share := range sent.AllocatedArtefacts {
		if d, ok := b.documentIDs[share.ArtefactID]; ok && d.Outstanding.Sub(share.Amount).Sign() < 0 {
			a := documentAnswer(o.Operation, d)
			a.differs, a.another = []string{"outstanding_amount"}, true
			found = append(found, standingAnswer{a, b.documentStanding(work.CreateInvoice, d)})
		}
	}
	return found, nil
}

// payment compares a payment with one that would be made. The day on which it was booked and the
// bank account are as they were when it was made: both may have changed in Magento or in the
// policy since.
func (b *Books) payment(o work.Candidate, p resource.Payment, shares []resource.Allocation, other *OtherConnector) answer {
	a := answer{sageID: p.ID, total: &p.TotalAmount}
	a.differs = spelt(p.Differences(o.Body, "contact_id", "currency_id", "reference", "total_amount"), p.Reference, o)
	for _, share := range shares {
		named := slices.ContainsFunc(p.Artefacts, func(n resource.Artefact) bool { return n.Artefact.ID == share.ArtefactID })
		if named && other != nil {
			a.differs = without(a.differs, "reference")
		}
		if d, known := b.documentIDs[share.ArtefactID]; !named && !(known && d.Outstanding.IsZero()) {
			a.differs = append(a.differs, "allocated_artefacts")
		}
	}
	a.another = len(a.differs) > 0
	return a
}

// findAllocations finds the allocations that name the credit note that ours is of.
func (b *Books) findAllocations(o work.Candidate) (found []standingAnswer, err error) {
	sent, err := resource.SentAllocation(o.Body)
	if err != nil {
		return nil, err
	}
	if len(sent.AllocatedArtefacts) == 0 {
		return nil, fmt.Errorf("the allocation of %s names nothing", o.Entity)
	}
	for _, a := range b.allocations[sent.AllocatedArtefacts[len(sent.AllocatedArtefacts)-1].ArtefactID] {
		found = append(found, standingAnswer{allocationAnswer(o.Operation, a), b.allocationStanding(a)})
	}
	return found, nil
}

func without(all []string, names ...string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(names, s) })
}

// bothSides tells a person what stands in Sage, what Magento has, and how to decide.
func (b *Books) bothSides(o work.Candidate, m Match) string {
	var there []string
	for _, s := range m.Found {
		there = append(there, Told(s))
	}
	in := "Sage has " + strings.Join(there, " and ")
	if len(m.Differs) > 0 {
		in += ", with another " + strings.Join(m.Differs, ", ")
	}
	return fmt.Sprintf("%s; Magento has %s: put it right on one side and run mage2sage xref rebuild --binding %s, or decide with mage2sage operation settle %d --as ID, or --not-in-sage",
		in, Told(b.Ours(o)), o.Binding, o.ID)
}

// Ours is what an operation would make, in the form of what stands in Sage.
func (b *Books) Ours(o work.Candidate) work.Standing {
	s := work.Standing{Kind: o.Kind, Reference: o.Reference, Total: o.Total, Currency: o.Currency}
	contact, date, currency := resource.SentHead(o.Body)
	s.Contact, s.Date = b.contactIDs[contact].Reference, date
	if currency != "" {
		s.Currency = currency
	}
	return s
}

// nouns are what kinds of operations make.
var nouns = map[work.OperationKind]string{
	work.CreateContact: "contact", work.CreateInvoice: "invoice", work.CreateCreditNote: "credit note", work.CreatePayment: "receipt",
	work.RefundCreditNote: "refund", work.AllocateCreditNote: "allocation",
}

// Told is something that stands in Sage in words, without anybody's name.
func Told(s work.Standing) string {
	parts := []string{nouns[s.Kind]}
	for _, p := range []struct{ name, text string }{{"", s.Number}, {"id ", s.SageID}, {"reference ", s.Reference}, {"date ", s.Date}, {"contact ", s.Contact}} {
		if p.text != "" {
			parts = append(parts, p.name+p.text)
		}
	}
	if s.Total != nil {
		parts = append(parts, strings.TrimSpace("total "+s.Total.Fixed(2)+" "+s.Currency))
	} else if s.Currency != "" {
		parts = append(parts, "in "+s.Currency)
	}
	if s.Void {
		parts = append(parts, "void")
	}
	return strings.Join(parts, " ")
}
