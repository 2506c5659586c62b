package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"math/big"
	"strconv"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A contactKey names a contact: who, and in which currency, because Sage locks a
// contact to one.
type contactKey struct {
	Entity   string // customer:5, guest:<hash>, fallback
	Currency string

	customer uint64 // Magento's id, 0 for the others
	email    string // of a guest, lower case
}

// fallbackEntity is the key of the contact of buyers without an e-mail address.
const fallbackEntity = "fallback"

// create is the key of the operation that makes the contact.
func (k contactKey) create() work.OperationKey {
	return work.OperationKey{Kind: work.CreateContact, Entity: k.Entity, Currency: k.Currency}
}

// contactKeyOf is the key of the contact that a document belongs to.
func contactKeyOf(source string, c canonical.Contact, currency string) contactKey {
	email := strings.ToLower(strings.TrimSpace(c.Email))
	switch {
	case c.MagentoID != 0:
		return contactKey{Entity: string(canonical.NewID(canonical.KindCustomer, c.MagentoID)), Currency: currency, customer: c.MagentoID}
	case email != "":
		sum := sha256.Sum256([]byte(source + "|" + email))
		return contactKey{Entity: "guest:" + hex.EncodeToString(sum[:12]), Currency: currency, email: email}
	}
	return contactKey{Entity: fallbackEntity, Currency: currency}
}

// reference is the contact's reference in Sage: readable where it fits. taken
// counts the references that Sage has refused because another contact has them; each
// gives way to the next hash.
//
//	M1043      registered, base currency      MSZ-EUR    registered, another
//	G7K2M9…    guest                          WEBSALES   fallback
func (k contactKey) reference(p policy.Policy, source, base string, taken int) string {
	ref := k.plainReference(p, source, base)
	if len(ref) <= policy.ContactReferenceLength && taken == 0 {
		return ref
	}
	head := min(len(ref), 4)
	return ref[:head] + base36(source+"|"+k.Entity+"|"+k.Currency+"|"+strconv.Itoa(taken), policy.ContactReferenceLength-head)
}

func (k contactKey) plainReference(p policy.Policy, source, base string) string {
	switch {
	case k.customer != 0 && k.Currency == base:
		return p.ContactPrefix + strconv.FormatUint(k.customer, 10)
	case k.customer != 0:
		return p.ContactPrefix + strings.ToUpper(strconv.FormatUint(k.customer, 36)) + "-" + k.Currency
	case k.email != "":
		return "G" + base36(source+"|"+k.email+"|"+k.Currency, 9)
	case k.Currency == base:
		return p.B2C.FallbackContactReference
	}
	return resource.Truncate(p.B2C.FallbackContactReference, 6) + "-" + k.Currency
}

// base36 is n digits of a text's hash, 0–9 and A–Z.
func base36(text string, n int) string {
	sum := sha256.Sum256([]byte(text))
	digits := strings.ToUpper(new(big.Int).SetBytes(sum[:]).Text(36))
	digits = strings.Repeat("0", max(0, n-len(digits))) + digits
	return digits[len(digits)-n:]
}
