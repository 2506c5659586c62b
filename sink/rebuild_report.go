package sink

import (
	"regexp"
	"strings"

	"github.com/mage2sage/mage2sage/sink/deliver"
	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/work"
)

// Outcomes of what stands in Sage besides those of a match.
const (
	// unknown has the form of a reference of ours, and no document of the binding has it.
	unknown deliver.Outcome = "unknown"
	// notPlanned is of a document that is parked or waits, so that nothing could be compared.
	notPlanned deliver.Outcome = "not_planned"
	// leftOutHere is of a document that is not to be posted.
	leftOutHere deliver.Outcome = "skipped"
)

// A RebuildReport is what a rebuild has found. It names no buyer.
type RebuildReport struct {
	Binding string `json:"binding"`
	Plan    bool   `json:"plan"` // nothing was written
	// By kind of the operation that makes such a thing: what stands in Sage, what was adopted of
	// it, and what of Postgres is not there and will be made.
	InSage  map[work.OperationKind]int `json:"in_sage"`
	Adopted map[work.OperationKind]int `json:"adopted"`
	ToMake  map[work.OperationKind]int `json:"to_make"`
	Rows    []RebuildRow               `json:"rows"`

	rowOf map[int64]int   // by operation
	shown map[string]bool // Sage's ids that are in a row
}

// A RebuildRow is one thing, on both sides.
type RebuildRow struct {
	Outcome   deliver.Outcome `json:"outcome"`
	Entity    string          `json:"entity,omitempty"` // of a guest only that it is one
	Operation int64           `json:"operation,omitempty"`
	InSage    []work.Standing `json:"in_sage"`
	InMagento *work.Standing  `json:"in_magento,omitempty"`
	Differs   []string        `json:"differs,omitempty"`
	Why       string          `json:"why,omitempty"` // nothing was compared
}

// ForAPerson reports whether somebody has to look at it.
func (r RebuildRow) ForAPerson() bool { return r.Outcome != deliver.Equal && r.Outcome != leftOutHere }

// ForAPerson counts the rows that somebody has to look at.
func (r RebuildReport) ForAPerson() (n int) {
	for _, row := range r.Rows {
		if row.ForAPerson() {
			n++
		}
	}
	return n
}

func newReport(binding string, books *deliver.Books) RebuildReport {
	return RebuildReport{Binding: binding, InSage: books.Count(), Adopted: map[work.OperationKind]int{}, ToMake: map[work.OperationKind]int{},
		Rows: []RebuildRow{}, rowOf: map[int64]int{}, shown: map[string]bool{}}
}

func (r *RebuildReport) adopted() (n int) {
	for _, some := range r.Adopted {
		n += some
	}
	return n
}

// add notes what became of an operation, once.
func (r *RebuildReport) add(o work.Candidate, m deliver.Match, books *deliver.Books) {
	if m.Outcome == deliver.Equal {
		r.Adopted[o.Kind]++
	}
	ours := books.Ours(o)
	row := RebuildRow{Outcome: m.Outcome, Entity: o.LoggedEntity(), Operation: o.ID, InSage: m.Found, InMagento: &ours, Differs: m.Differs}
	for _, s := range m.Found {
		r.shown[s.SageID] = true
	}
	if n, seen := r.rowOf[o.ID]; seen {
		r.Rows[n] = row
		return
	}
	r.rowOf[o.ID] = len(r.Rows)
	r.Rows = append(r.Rows, row)
}

// leave goes through what stands in the books and belongs to nobody. left is all of it that has
// a reference; a row is made of what has the form of a reference of ours.
func (r *RebuildReport) leave(b work.Binding, other *deliver.OtherConnector, standing []work.Standing, known map[string]bool, documents []work.KnownDocument) (left []work.Standing, err error) {
	knobs, err := policy.Read(b.Policy)
	if err != nil {
		return nil, err
	}
	ours := newOwnReferences(knobs.InvoiceNumberPrefix, other, documents)
	for _, s := range standing {
		if known[s.SageID] || s.Reference == "" || s.Kind == work.CreateContact && !contactForm.MatchString(work.ReferenceKey(s.Reference)) && !work.SameReference(s.Reference, knobs.B2C.FallbackContactReference) {
			continue
		}
		left = append(left, s)
		if row := ours.row(s); row.Outcome != "" && !r.shown[s.SageID] {
			r.Rows = append(r.Rows, row)
		}
	}
	return left, nil
}

// contactForm is the form of a contact's reference, ours or another connector's.
var contactForm = regexp.MustCompile(`(?i)^[a-z][0-9a-z]{1,9}$|^[a-z0-9]+-[a-z]{3}$`)

// incrementForm is the form of Magento's own numbers.
var incrementForm = regexp.MustCompile(`^[0-9]{9,}(-[0-9]+)?$`)

// ownReferences knows the references of a binding's documents.
type ownReferences struct {
	prefixes  []string
	documents map[string]work.KnownDocument // by kind and reference
}

func newOwnReferences(prefix string, other *deliver.OtherConnector, documents []work.KnownDocument) ownReferences {
	own := ownReferences{prefixes: []string{prefix}, documents: map[string]work.KnownDocument{}}
	if other != nil && other.Prefix != prefix {
		own.prefixes = append(own.prefixes, other.Prefix)
	}
	for _, d := range documents {
		for _, p := range own.prefixes {
			own.documents[d.Kind+"|"+work.ReferenceKey(plan.DocumentReference(p, d.Number))] = d
		}
	}
	return own
}

// kindsOf are the kinds of documents that something in Sage is about.
var kindsOf = map[work.OperationKind]string{
	work.CreateInvoice: "invoice", work.CreatePayment: "invoice",
	work.CreateCreditNote: "creditmemo", work.RefundCreditNote: "creditmemo", work.AllocateCreditNote: "creditmemo",
}

// row is what is said of something that belongs to nobody; the zero row is nothing.
func (own ownReferences) row(s work.Standing) RebuildRow {
	kind, document := kindsOf[s.Kind]
	if !document || s.Void {
		return RebuildRow{}
	}
	row := RebuildRow{InSage: []work.Standing{s}}
	d, known := own.documents[kind+"|"+work.ReferenceKey(s.Reference)]
	settles := s.Kind != work.CreateInvoice && s.Kind != work.CreateCreditNote
	switch {
	case !known && own.hasForm(s.Reference):
		row.Outcome, row.Why = unknown, "no document of the binding has its reference"
	case !known, settles: // what is to be said of a document is said of it, and not of its payment
	case d.State == work.ItemSkipped:
		row.Outcome, row.Why = leftOutHere, string(d.Reason)
	case d.Reason == work.WaitsForAnAnswer: // it is looked up as always
	case d.State == work.ItemPosted || d.State == work.ItemOpen:
		row.Outcome, row.Why = deliver.Doubled, "a document that is posted has its reference"
	default:
		row.Outcome, row.Why = notPlanned, strings.TrimSpace(string(d.State)+" "+string(d.Reason))
	}
	return row
}

func (own ownReferences) hasForm(reference string) bool {
	for _, p := range own.prefixes {
		number, has := strings.CutPrefix(work.ReferenceKey(reference), work.ReferenceKey(p))
		if has && (p != "" || incrementForm.MatchString(number)) {
			return true
		}
	}
	return false
}
