package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A sale is what is kept of a posted document, in digests: enough to see whether Magento
// still means the same document, and nothing that could be read. A shop that is restored
// from an older dump gives ids and numbers to other sales, so money alone proves nothing.
type sale struct {
	money    string // its amounts
	document string // its number, its order, and when it was made
	customer string // "" for guests
	email    string // "" where the buyer gave none
}

func saleOf(d *canonical.Document) sale {
	s := sale{
		money:    moneyDigest(d),
		document: digestOf(d.IncrementID, d.CreatedAt, fmt.Sprint(d.OrderID), d.OrderIncrementID),
		email:    emailDigest(d.Customer.Email),
	}
	if d.Customer.MagentoID != 0 {
		s.customer = digestOf(fmt.Sprint(d.Customer.MagentoID))
	}
	return s
}

// readSale reads what String has written.
func readSale(text string) (s sale) {
	for i, part := range strings.Split(text, ".") {
		if fields := []*string{&s.money, &s.document, &s.customer, &s.email}; i < len(fields) {
			*fields[i] = part
		}
	}
	return s
}

func (s sale) String() string {
	return strings.Join([]string{s.money, s.document, s.customer, s.email}, ".")
}

// sameBuyer reports whether two sales have a buyer in common: the customer, or the e-mail
// address. A guest who opens an account keeps the one, a customer with a new address the
// other.
func (s sale) sameBuyer(other sale) bool {
	if s.email == work.ErasedDigest && s.customer == other.customer {
		return true // nobody knows any more who it was
	}
	return s.customer == other.customer && (s.customer != "" || s.email == other.email) || s.email != "" && s.email == other.email
}

// movedTo reports whether a sale has another customer now than it had. Two customers may
// have one e-mail address, and each has a contact of its own in Sage; a guest who opens an
// account, and a customer whose account is gone, are who they were.
func (s sale) movedTo(now sale) bool {
	return s.customer != "" && now.customer != "" && s.customer != now.customer
}

// digestOf is the first 12 bytes of SHA-256 over texts, in hex.
func digestOf(texts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(texts, "|")))
	return hex.EncodeToString(sum[:12])
}

// Digests that are kept with a contact beside those of its fields.
const (
	personCreated = "magento:created_at"
	personEmail   = "magento:email"
)

// personDigests say who a contact is in Magento.
func personDigests(c canonical.Contact) map[string]string {
	out := map[string]string{}
	if c.MagentoID != 0 && c.CreatedAt != "" {
		out[personCreated] = digestOf(c.CreatedAt)
	}
	if digest := emailDigest(c.Email); digest != "" {
		out[personEmail] = digest
	}
	return out
}

// anotherPerson reports whether a customer's id stands for another person than the
// contact was made of: registered at another time, under another e-mail address. What is
// not known of either proves nothing.
func anotherPerson(known *canonical.Customer, contact work.Xref) bool {
	if known == nil || known.Deleted {
		return false
	}
	var then map[string]string
	if json.Unmarshal(contact.SentDigests, &then) != nil {
		return false
	}
	now := personDigests(known.Contact)
	differs := func(name string) bool { return then[name] != "" && now[name] != "" && then[name] != now[name] }
	return differs(personCreated) && differs(personEmail)
}

// personPatience is how long a document waits for its customer, who comes by another topic.
const personPatience = time.Minute

// personIsClear waits a while where a document names a buyer that neither the contact nor
// the customer is known by: a newer version of the customer may say that it is another
// person. Afterwards it is an address that the buyer has given up.
func personIsClear(c Case, d *canonical.Document, in contactInSage) stop {
	var then map[string]string
	buyer := emailDigest(d.Customer.Email)
	if in.key.customer == 0 || buyer == "" || json.Unmarshal(in.xref.SentDigests, &then) != nil || then[personEmail] == "" || then[personEmail] == buyer {
		return stop{}
	}
	left := personPatience - c.Now.Sub(waitingSince(c.Item, work.WaitsForContact, c.Now))
	if in.customer != nil && emailDigest(in.customer.Email) == buyer || left <= 0 {
		return stop{}
	}
	end := waiting(work.WaitsForContact, in.key.Entity, "")
	end.planAgainIn = left
	return end
}

// personReplaced parks what would go to the contact of somebody else.
func personReplaced(key contactKey, contact work.Xref) stop {
	end := parked(work.ParkReason{Reason: work.IDUsedAgain, Hint: fmt.Sprintf(
		"Magento has given the id of %s to another person than the one whose contact %s is in Sage, as after a restore from an older dump: "+
			"post it in Sage by hand, to a contact of its own", key.Entity, contact.Reference)})
	end.waitsFor = key.Entity
	return end
}

// idUsedAgain parks a document that stands under the id of another one that was posted.
func idUsedAgain(posted work.SyncItem, d *canonical.Document) stop {
	return parked(work.ParkReason{Reason: work.IDUsedAgain, Hint: fmt.Sprintf(
		"under the id of %s, which is %s in Sage, Magento now has %s with another number, time, order or buyer: compare the two; "+
			"if this is another sale, as after a restore from an older dump, it is not in Sage: post it by hand; "+
			"if it is the same sale and was changed, it stands in Sage: correct it there; then type mage2sage document settle", resource.Sanitize(posted.Number, 50), posted.SageNumber, resource.Sanitize(d.IncrementID, 50))})
}

// numberUsedTwice parks a document whose reference another one has at Sage, or is about to.
// It looks again when that one changes.
func numberUsedTwice(c Case, number string, holder *work.Holder) stop {
	if holder == nil {
		return stop{}
	}
	first, in := holder.Entity, ""
	if holder.SageNumber != "" {
		first += ", " + holder.SageNumber + " in Sage,"
	}
	if holder.Binding != c.Binding.Name {
		in = " of binding " + holder.Binding
	}
	end := parked(work.ParkReason{Reason: work.NumberUsedTwice, Hint: fmt.Sprintf(
		"%s%s has the number %s already: where Magento deleted that document and wrote it again, correct it in Sage by hand, and type mage2sage document settle; "+
			"where two stores count alike, give each a binding with its own invoice_number_prefix", first, in, resource.Sanitize(number, 50))})
	end.waitsFor = holder.Entity
	return end
}
