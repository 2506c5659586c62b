package plan

import (
	"strings"
	"testing"

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
	for name, c := range map[string]struct {
		street       []string
		line1, line2 string
	}{
		"none":                {nil, "", ""},
		"one line":            {[]string{"1 Test Street"}, "1 Test Street", ""},
		"four lines":          {[]string{"a", "b", "c", "d"}, "a", "b, c, d"},
		"lines that are long": {[]string{strings.Repeat("x", 60), strings.Repeat("y", 60)}, strings.Repeat("x", 50), strings.Repeat("y", 50)},
	} {
		t.Run(name, func(t *testing.T) {
			if line1, line2 := streetLines(c.street); line1 != c.line1 || line2 != c.line2 {
				t.Errorf("%q, %q; want %q, %q", line1, line2, c.line1, c.line2)
			}
		})
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
