package check

import (
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/money"
)

func inSage(kind, ref, total, tax string) Document {
	return Document{Kind: kind, Reference: ref, Currency: "GBP", Total: money.MustParse(total), Tax: money.MustParse(tax), Status: "UNPAID"}
}

func TestEveryWayInWhichBooksCanDifferIsAProblem(t *testing.T) {
	invoice := document{increment: "000000012", currency: "GBP", total: money.MustParse("12.0000"), tax: money.MustParse("2.0000")}
	for name, c := range map[string]struct {
		sage []Document
		want string
	}{
		"the same":              {[]Document{inSage("invoice", "S-000000012", "12", "2")}, ""},
		"missing":               {nil, "invoice 000000012 is not in Sage"},
		"twice":                 {[]Document{inSage("invoice", "S-000000012", "12", "2"), inSage("invoice", "S-000000012", "12", "2")}, "invoice 000000012 is in Sage 2 times"},
		"a penny off":           {[]Document{inSage("invoice", "S-000000012", "12.01", "2")}, "invoice 000000012 is 12.00, in Sage 12.01"},
		"the tax a penny off":   {[]Document{inSage("invoice", "S-000000012", "12", "2.01")}, "invoice 000000012 has tax 2.00, in Sage 2.01"},
		"a stranger":            {[]Document{inSage("invoice", "S-000000012", "12", "2"), inSage("invoice", "X", "1", "0")}, `Sage has 1 invoice with reference "X"`},
		"a credit note instead": {[]Document{inSage("credit_note", "S-000000012", "12", "2")}, "invoice 000000012 is not in Sage"},
	} {
		t.Run(name, func(t *testing.T) {
			var r Report
			r.compareDocuments(kinds[0], []document{invoice}, c.sage, "S-")
			got := strings.Join(r.Problems, "; ")
			if (c.want == "") != (got == "") || !strings.HasPrefix(got, c.want) {
				t.Errorf("problems: %q, want %q", got, c.want)
			}
		})
	}
}

func TestContactsOfACustomerHaveOneReferencePerCurrency(t *testing.T) {
	if a, b := contactReference(1043, "GBP", "GBP"), contactReference(1043, "EUR", "GBP"); a != "M1043" || b != "MSZ-EUR" {
		t.Errorf("got %s and %s", a, b)
	}
}

func TestACustomerWithAnotherNameDiffers(t *testing.T) {
	c := customer{id: 5, currency: "GBP", person: "Ada Example", wantsReference: "M5"}
	contact := Document{Kind: "contact", Reference: "M5", ContactName: "Ada Old"}
	var r Report
	r.compareCustomers([]customer{c}, []Document{contact})
	if r.OK() || r.Missing() != 1 {
		t.Errorf("problems: %v", r.Problems)
	}
}

func TestAnInvoiceThatIsPaidTwiceIsAProblem(t *testing.T) {
	var r Report
	r.comparePayments([]Document{inSage("payment", "1", "12", "0"), inSage("payment", "1", "12", "0"), inSage("payment", "2", "12", "0")})
	if len(r.Problems) != 1 {
		t.Errorf("problems: %v", r.Problems)
	}
}
