package plan

import (
	"strings"

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

// PersonKeys name who an entity is about: the customer, and the buyer with that e-mail address, which
// is hashed. None is a person of whom nothing is known.
func PersonKeys(source string, e canonical.Entity) (keys []string) {
	var c canonical.Contact
	switch x := e.(type) {
	case *canonical.Invoice:
		c = x.Customer.Contact
	case *canonical.CreditMemo:
		c = x.Customer.Contact
	case *canonical.Customer:
		c = x.Contact
		c.MagentoID = x.MagentoEntityID
	}
	if c.MagentoID != 0 {
		keys = append(keys, string(canonical.NewID(canonical.KindCustomer, c.MagentoID)))
	}
	if key := GuestKey(source, c.Email); key != "" {
		keys = append(keys, key)
	}
	return keys
}

// GuestKey is the key of a buyer with an e-mail address, guest:…, which is hashed; "" of none.
func GuestKey(source, email string) string {
	if isWithoutPerson(canonical.Contact{Email: email}) || strings.TrimSpace(email) == "" {
		return ""
	}
	return contactKeyOf(source, canonical.Contact{Email: email}, "").Entity
}

// MarkedDigest is what WithoutPerson leaves in the place of an e-mail address.
func MarkedDigest(email string) string { return digestMark + emailDigest(email) }

// PersonAsOf is when an entity says what it says of a person, RFC 3339: when the document was made,
// when the customer was changed; "" where that is not known.
func PersonAsOf(e canonical.Entity) string {
	switch x := e.(type) {
	case *canonical.Invoice:
		return x.CreatedAt
	case *canonical.CreditMemo:
		return x.CreatedAt
	case *canonical.Customer:
		return x.UpdatedAt
	}
	return ""
}
