package plan

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

// registered is ada's contact in Sage as it was made of a customer.
func registered(c canonical.Contact) work.Xref {
	digests, _ := json.Marshal(personDigests(c))
	return work.Xref{Type: work.XrefContact, Entity: "customer:5", Currency: "GBP", SageID: "contact-5", Reference: "M5", SentDigests: digests}
}

func TestACustomersIDThatIsUsedAgainNeverReachesTheOldContact(t *testing.T) {
	then := ada
	then.CreatedAt = "2025-01-01T00:00:00Z"
	for name, c := range map[string]struct {
		email, created string
		replaced       bool
	}{
		"registered later under another address": {"eve@example.test", "2026-01-05T00:00:00Z", true},
		"a new address of the same account":      {"eve@example.test", then.CreatedAt, false},
		"the same address, registered again":     {then.Email, "2026-01-05T00:00:00Z", false},
		"a time that is not known":               {"eve@example.test", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			now := then
			now.Email, now.CreatedAt = c.email, c.created
			sold := ask(invoiceOf(1, now))
			contact := registered(then)
			sold.InSage.Contact, sold.InSage.Customer = &contact, customerOf(now)
			changed := ask(customerOf(now))
			changed.InSage.Contacts = []work.Xref{contact}
			for what, q := range map[string]question{"invoice": sold, "customer": changed} {
				v := q.answer(t)
				if got := v.Item.Reason == work.IDUsedAgain; got != c.replaced || c.replaced && (len(v.Operations) != 0 || !strings.Contains(v.Item.Hint, "M5") || v.Item.WaitsFor != "customer:5") {
					t.Errorf("%s: %q, %q; parked want %v", what, told(v), v.Item.Hint, c.replaced)
				}
			}
		})
	}
}

// What is not known of either says nothing of who they are.
func TestAContactOfWhomTooLittleIsKnownIsNotAnotherPersons(t *testing.T) {
	now := ada
	now.CreatedAt, now.Email = "2026-01-05T00:00:00Z", "eve@example.test"
	then := ada
	then.CreatedAt = "2025-01-01T00:00:00Z"
	noTime, noAddress, deleted := then, then, customerOf(now)
	noTime.CreatedAt, noAddress.Email, deleted.Deleted = "", "", true
	for name, c := range map[string]struct {
		known *canonical.Customer
		then  canonical.Contact
		want  bool
	}{
		"both are known":                {customerOf(now), then, true},
		"the time was not known":        {customerOf(now), noTime, false},
		"the address was not known":     {customerOf(now), noAddress, false},
		"the customer was deleted":      {deleted, then, false},
		"the customer never arrived":    {nil, then, false},
		"an address is known no longer": {customerOf(canonical.Contact{MagentoID: 5, CreatedAt: now.CreatedAt}), then, false},
	} {
		t.Run(name, func(t *testing.T) {
			if anotherPerson(c.known, registered(c.then)) != c.want {
				t.Errorf("another person: want %v", c.want)
			}
		})
	}
}

func TestAChangedContactKeepsWhoItIsNow(t *testing.T) {
	now := ada
	now.CreatedAt, now.Email = "2025-01-01T00:00:00Z", "new@example.test"
	q := ask(customerOf(now))
	q.InSage.Contacts = []work.Xref{registered(ada)}
	v := q.answer(t)
	var digests map[string]string
	if len(v.Operations) != 1 || json.Unmarshal(v.Operations[0].SentDigests, &digests) != nil || digests[personEmail] != emailDigest(now.Email) || digests[personCreated] == "" {
		t.Errorf("%q, %v; want the new address among the digests", told(v), digests)
	}
}

func TestAContactKeepsWhoItIs(t *testing.T) {
	person := ada
	person.CreatedAt = "2025-01-01T00:00:00Z"
	q := ask(invoiceOf(1, ada))
	q.InSage.Customer = customerOf(person)
	v := q.answer(t)
	var digests map[string]string
	if err := json.Unmarshal(v.Operations[0].SentDigests, &digests); err != nil || digests[personCreated] == "" || digests[personEmail] == "" {
		t.Errorf("%v, %v; want time and address among the digests", digests, err)
	}
	if strings.Contains(string(v.Operations[0].Body), "magento:") {
		t.Errorf("Sage is sent %s", v.Operations[0].Body)
	}
}

// The new person's invoice may come before the new person does.
func TestABuyerThatNobodyIsKnownByWaitsForItsCustomerAWhile(t *testing.T) {
	longAgo := noon.Add(-2 * time.Minute)
	for name, c := range map[string]struct {
		order, customer string // e-mail addresses; "" is no customer
		since           *time.Time
		want            string
	}{
		"the contact's own address":            {ada.Email, "new@example.test", nil, "planned +create_invoice"},
		"the customer's new address":           {"new@example.test", "new@example.test", nil, "planned +create_invoice"},
		"an address of neither":                {"eve@example.test", ada.Email, nil, "waiting waiting_for_contact customer:5"},
		"an address of neither, no customer":   {"eve@example.test", "", nil, "waiting waiting_for_contact customer:5"},
		"an address that was given up":         {"old@example.test", "new@example.test", &longAgo, "planned +create_invoice"},
		"an order without any address is fine": {"", ada.Email, nil, "planned +create_invoice"},
	} {
		t.Run(name, func(t *testing.T) {
			i := invoiceOf(1, ada)
			i.Customer.Email = c.order
			q, contact, now := ask(i), registered(ada), ada
			now.Email = c.customer
			if q.InSage.Contact = &contact; c.customer != "" {
				q.InSage.Customer = customerOf(now)
			}
			if c.since != nil {
				q.Item.Reason, q.Item.WaitingSince = work.WaitsForContact, c.since
			}
			v := q.answer(t)
			if told(v) != c.want || (v.PlanAgainIn > 0) != (v.Item.State == work.ItemWaiting) {
				t.Errorf("%q, again in %s; want %q", told(v), v.PlanAgainIn, c.want)
			}
		})
	}
}
