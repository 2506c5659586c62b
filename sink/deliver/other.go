package deliver

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// An OtherConnector is one that has filled a business's books before. Its documents have a prefix
// and the increment id as reference, its contacts:
//
//	M1043   registered, base currency    M1043E     registered, another: with the currency's initial
//	G…      guest: nine hex digits of the SHA-256 of the e-mail address
//
// and what all of its buyers without a contact of their own are sold to is the policy's
// fallback, with the currency's initial. A nil OtherConnector is none.
type OtherConnector struct {
	Prefix       string // of its documents' references
	BaseCurrency string // of the business, ISO 4217
	Fallback     string // reference of the contact of buyers without one of their own
}

// contactReferences are what a contact may stand under in Sage: our own reference first.
func (c *OtherConnector) contactReferences(o work.Candidate) (all []string) {
	all = append(all, work.ReferenceKey(o.Reference))
	if c == nil {
		return all
	}
	suffix := ""
	if o.Currency != c.BaseCurrency && o.Currency != "" {
		suffix = o.Currency[:1]
	}
	switch kind, id, _ := strings.Cut(o.Entity, ":"); kind {
	case "customer":
		all = append(all, work.ReferenceKey("M"+id+suffix))
	case "guest":
		email := strings.TrimSpace(resource.SentEmail(o.Body))
		for _, spelt := range []string{strings.ToLower(email), email} {
			sum := sha256.Sum256([]byte(spelt))
			all = append(all, work.ReferenceKey("G"+hex.EncodeToString(sum[:])[:9]))
		}
	default: // the fallback
		all = append(all, work.ReferenceKey(c.Fallback+suffix))
	}
	return all
}

// documentReferences are what a document may stand under in Sage: our own reference first.
func (c *OtherConnector) documentReferences(o work.Candidate) []string {
	all := []string{o.Reference}
	if c != nil && o.Number != "" {
		number := strings.TrimSpace(o.Number)
		if !strings.HasPrefix(number, c.Prefix) {
			number = c.Prefix + number
		}
		all = append(all, number)
	}
	return all
}

// contact compares a contact with one that would be made. Another connector's keeps its own
// reference, and the currency behind its name.
func (c *OtherConnector) contact(o work.Candidate, found resource.Contact) answer {
	a := answer{sageID: found.ID, differs: spelt(found.Differences(o.Body), found.Reference, o)}
	if c != nil {
		a.differs = without(a.differs, "reference")
		name := resource.SentName(o.Body)
		if strings.EqualFold(found.Name, name+" ("+o.Currency+")") {
			a.differs = without(a.differs, "name")
		}
	}
	other := slices.ContainsFunc(a.differs, func(field string) bool { return slices.Contains(identity, field) })
	a.another = other && !samePerson(o.Operation, a.differs)
	return a
}

// document compares a document with one that would be made. Another connector's day may be
// another one because of its time zone, and its tax may be split otherwise.
func (c *OtherConnector) document(o work.Candidate, found resource.Document) answer {
	a := documentAnswer(o.Operation, found)
	a.differs = spelt(a.differs, found.Reference, o)
	if c != nil {
		a.differs = without(a.differs, "reference", "tax_amount")
		if _, date, _ := resource.SentHead(o.Body); withinADay(date, found.Date) {
			a.differs = without(a.differs, "date")
		}
	}
	a.another = len(a.differs) > 0
	return a
}

// spelt leaves out the reference where the two are one number.
func spelt(differs []string, reference string, o work.Candidate) []string {
	if work.SameReference(reference, o.Reference) {
		return without(differs, "reference")
	}
	return differs
}

func withinADay(a, b string) bool {
	one, errA := time.Parse(time.DateOnly, a)
	other, errB := time.Parse(time.DateOnly, b)
	return errA == nil && errB == nil && one.Sub(other).Abs() <= 24*time.Hour
}
