package plan

import (
	"strings"
	"testing"
	"unicode"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/testenv/fixture"
)

func TestContactsAreNamed(t *testing.T) {
	person := canonical.Contact{Prefix: "Dr", FirstName: "Ada", LastName: "Example", Email: "ada@example.test"}
	company := person
	company.Company = "Example &amp; Co"
	for name, c := range map[string]struct {
		contact      canonical.Contact
		priority     string
		want, person string
	}{
		"a person":                           {person, "Company", "Dr Ada Example", "Dr Ada Example"},
		"a company":                          {company, "Company", "Example & Co", "Dr Ada Example"},
		"a company where persons go first":   {company, "Person", "Dr Ada Example", "Dr Ada Example"},
		"a company without a person":         {canonical.Contact{Company: "Example Ltd"}, "Person", "Example Ltd", "Example Ltd"},
		"an e-mail address alone":            {canonical.Contact{Email: "a@b.test"}, "Company", "a@b.test", "a@b.test"},
		"nothing at all":                     {canonical.Contact{}, "Company", "Unknown", "Unknown"},
		"a name that is longer than allowed": {canonical.Contact{Company: strings.Repeat("x", 150)}, "Company", strings.Repeat("x", 100), strings.Repeat("x", 50)},
	} {
		t.Run(name, func(t *testing.T) {
			p := policy.Default()
			p.CustomerNamePriority = c.priority
			got := newContact(c.contact, p, nil)
			if got.Name != c.want || got.MainContactPerson.Name != c.person {
				t.Errorf("%q with %q, want %q with %q", got.Name, got.MainContactPerson.Name, c.want, c.person)
			}
		})
	}
}

func TestStreetsFitIntoTwoLines(t *testing.T) {
	x := func(n int) string { return strings.Repeat("x", n) }
	for name, c := range map[string]struct {
		street       []string
		line1, line2 string
	}{
		"none":                                {nil, "", ""},
		"one line":                            {[]string{"1 Test Street"}, "1 Test Street", ""},
		"four lines":                          {[]string{"a", "b", "c", "d"}, "a", "b, c, d"},
		"a line of 71 characters":             {[]string{x(40) + " " + x(30)}, x(40), x(30)},
		"one word of 71 characters":           {[]string{x(71)}, x(50), x(21)},
		"the second line is free for a part":  {[]string{x(30) + " " + x(30), "Flat 3"}, x(30), x(30) + ", Flat 3"},
		"the first line is free for the rest": {[]string{"a", x(30) + " " + x(30)}, "a, " + x(30), x(30)},
		"more than two lines hold":            {[]string{x(60), x(60)}, x(50), x(10) + ", " + x(38)},
	} {
		t.Run(name, func(t *testing.T) {
			got := addressOf(canonical.Address{Street: c.street}, "ACCOUNTS")
			if got.Line1 != c.line1 || got.Line2 != c.line2 {
				t.Errorf("%q, %q; want %q, %q", got.Line1, got.Line2, c.line1, c.line2)
			}
		})
	}
}

func TestWhatIdentifiesABuyerIsNeverCut(t *testing.T) {
	long := strings.Repeat("a", 108) + "@example.test"
	for name, c := range map[string]struct {
		contact                   canonical.Contact
		name, person, email, rest string // rest is a telephone number, then notes
	}{
		"an e-mail address of 120 characters":         {canonical.Contact{FirstName: "Ada", Email: long}, "Ada", "Ada", "", ""},
		"an e-mail address of 120 characters, alone":  {canonical.Contact{Email: long}, "Unknown", "Unknown", "", ""},
		"an e-mail address of 80 characters, alone":   {canonical.Contact{Email: long[40:]}, long[40:], "Unknown", long[40:], ""},
		"an e-mail address that is none":              {canonical.Contact{FirstName: "Ada", Email: "ada at home"}, "Ada", "Ada", "", ""},
		"a telephone number that does not fit":        {canonical.Contact{FirstName: "Ada", Phone: strings.Repeat("01 ", 20) + "2"}, "Ada", "Ada", "", "Telephone in the shop: " + strings.Repeat("01 ", 20) + "2"},
		"a telephone number that does":                {canonical.Contact{FirstName: "Ada", Phone: "0113 496 0000"}, "Ada", "Ada", "", "0113 496 0000"},
		"a company of 130 characters stands in notes": {canonical.Contact{Company: strings.Repeat("x", 130)}, strings.Repeat("x", 100), strings.Repeat("x", 50), "", "Name in the shop: " + strings.Repeat("x", 130)},
	} {
		t.Run(name, func(t *testing.T) {
			got := newContact(c.contact, policy.Default(), nil)
			if p := got.MainContactPerson; got.Name != c.name || p.Name != c.person || p.Email != c.email || p.Telephone+got.Notes != c.rest {
				t.Errorf("%q, %+v, notes %q", got.Name, *p, got.Notes)
			}
		})
	}
	p := policy.Default()
	p.CustomerNamePriority, p.B2C.FallbackContactEmail = "Person", "sales@"
	if got := newContact(canonical.Contact{Email: long}, p, nil); got.Name != "Unknown" {
		t.Errorf("the person is named %q", got.Name)
	}
	if got := fallbackContact(p); got.MainContactPerson.Email != "" {
		t.Errorf("an address that is none is sent as %q", got.MainContactPerson.Email)
	}
	if got := newContact(canonical.Contact{VATNumber: "GB" + strings.Repeat("1", 300)}, policy.Default(), nil); got.TaxNumber != "" {
		t.Errorf("a VAT number that does not fit is sent as %q", got.TaxNumber)
	}
	place := addressOf(canonical.Address{City: "Leeds", Postcode: "LS1 1AA 9999"}, "ACCOUNTS")
	if place.PostalCode != "" || place.City != "Leeds LS1 1AA 9999" {
		t.Errorf("a postal code that does not fit: %+v", *place)
	}
}

func TestARecipientDoesNotPushTheStreetOut(t *testing.T) {
	d := fixture.Document(ada, 1, "1")
	d.ShippingAddress.Street = []string{strings.Repeat("x", 40) + " " + strings.Repeat("y", 30)}
	_, delivery := documentAddresses(&d)
	if all := delivery.Line1 + delivery.Line2; all != "Bob Example, "+strings.Repeat("x", 40)+" "+strings.Repeat("y", 30) {
		t.Errorf("delivered to %q", all)
	}
}

// Every text of a document has characters that cannot be printed in it.
func TestControlCharactersNeverReachSage(t *testing.T) {
	dirty := func(s *string) { *s = "\x00\x1b" + *s + "\x07\u0085" }
	person := canonical.Contact{MagentoID: 5, Email: "ada@example.test", FirstName: "Ada", LastName: "Example", VATNumber: "GB12", Company: "Example"}
	i := paid(invoiceOf(1, person))
	for _, s := range []*string{&i.IncrementID, &i.Customer.Email, &i.Customer.FirstName, &i.Customer.VATNumber, &i.Customer.Company, &i.PONumber, &i.Lines[0].Name, &i.Lines[0].SKU,
		&i.BillingAddress.Street[0], &i.BillingAddress.City, &i.BillingAddress.CountryID, &i.BillingAddress.Postcode, &i.Shipping.Description, &i.Currency, &i.ShippingAddress.LastName} {
		dirty(s)
	}
	clean := paid(invoiceOf(1, person))
	q, posted := ask(i), ask(clean).posted()
	posted.Entity = i
	for name, c := range map[string]question{"contact": q, "invoice": ask(i).withContact(), "payment": posted} {
		if name == "invoice" {
			c.InSage.Contact.Currency = "GBP"
		}
		v := c.answer(t)
		if len(v.Operations) != 1 {
			t.Errorf("%s: %q, %q", name, told(v), v.Item.Hint)
			continue
		}
		o := v.Operations[0]
		if strings.Contains(string(o.Body), `\u00`) || strings.ContainsFunc(o.Reference, unicode.IsControl) || v.Item.Number != "000000001" {
			t.Errorf("%s: %s under %q", name, o.Body, o.Reference)
		}
	}
}

func TestADocumentHasBothAddresses(t *testing.T) {
	bill := &canonical.Address{FirstName: "Ada", LastName: "Example", Street: []string{"1 Test Street"}, City: "Leeds"}
	ship := &canonical.Address{FirstName: "Bob", LastName: "Example", Street: []string{"2 Other Road", "Flat 3"}, City: "York"}
	same := *bill
	same.City = "Hull"
	for name, c := range map[string]struct {
		bill, ship     *canonical.Address
		main, delivery string // first line and city; "" is none
	}{
		"another recipient is in the first line": {bill, ship, "1 Test Street Leeds", "Bob Example York"},
		"the buyer elsewhere":                    {bill, &same, "1 Test Street Leeds", "1 Test Street Hull"},
		"billing alone is both":                  {bill, nil, "1 Test Street Leeds", "1 Test Street Leeds"},
		"shipping alone is both":                 {nil, ship, "2 Other Road York", "2 Other Road York"},
		"none of either":                         {nil, nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			d := fixture.Document(ada, 1, "1")
			d.BillingAddress, d.ShippingAddress = c.bill, c.ship
			main, delivery := documentAddresses(&d)
			if got := shown(main); got != c.main {
				t.Errorf("main %q, want %q", got, c.main)
			}
			if got := shown(delivery); got != c.delivery {
				t.Errorf("delivery %q, want %q", got, c.delivery)
			}
		})
	}
}

func shown(a *resource.Address) string {
	if a == nil {
		return ""
	}
	return a.Line1 + " " + a.City
}

func TestADocumentChangesWithItsAmountsAlone(t *testing.T) {
	original := moneyDigest(&invoiceOf(1, ada).Document)
	for name, c := range map[string]struct {
		change func(*canonical.Document)
		same   bool
	}{
		"another address":  {func(d *canonical.Document) { d.BillingAddress.City = "Hull" }, true},
		"another name":     {func(d *canonical.Document) { d.Lines[0].Name = "Red mug" }, true},
		"more decimals":    {func(d *canonical.Document) { d.GrandTotal = amt("30") }, true},
		"another total":    {func(d *canonical.Document) { d.GrandTotal = amt("30.01") }, false},
		"another quantity": {func(d *canonical.Document) { d.Lines[0].Qty = amt("3") }, false},
		"another rate":     {func(d *canonical.Document) { d.Lines[0].TaxPercent = "5.00" }, false},
		"another shipping": {func(d *canonical.Document) { d.Shipping.NetAmount = amt("4") }, false},
		"no shipping":      {func(d *canonical.Document) { d.Shipping = nil }, false},
		"another currency": {func(d *canonical.Document) { d.Currency = "EUR" }, false},
		"an adjustment": {func(d *canonical.Document) {
			d.Adjustments = []canonical.Adjustment{{Kind: canonical.AdjustmentFee, NetAmount: amt("1")}}
		}, false},
		"another tax of a line":  {func(d *canonical.Document) { d.Lines[0].LineTax = amt("3") }, false},
		"another tax altogether": {func(d *canonical.Document) { d.TaxAmount = amt("4") }, false},
	} {
		t.Run(name, func(t *testing.T) {
			i := invoiceOf(1, ada)
			c.change(&i.Document)
			if got := moneyDigest(&i.Document) == original; got != c.same {
				t.Errorf("the same digest: %v, want %v", got, c.same)
			}
		})
	}
}
