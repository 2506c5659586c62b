package plan

import (
	"regexp"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/work"
)

func TestIdempotencyIDsAreStableAndOfVersionFour(t *testing.T) {
	id := idempotencyID("b", "create", "invoice", "shop", "12", "1")
	if id != idempotencyID("b", "create", "invoice", "shop", "12", "1") {
		t.Error("the same parts give two ids")
	}
	if !regexp.MustCompile(`^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$`).MatchString(id) {
		t.Errorf("%s is not 32 hex digits with the bits of version 4", id)
	}
	if want := "5a6648ed6a42429bb9fc96e479920850"; id != want {
		t.Errorf("the id is %s, it was %s: ids must never change between versions", id, want)
	}
	for _, other := range [][]string{{"c", "create", "invoice", "shop", "12", "1"}, {"b", "create", "invoice", "shop", "12", "2"}, {"b", "create", "payment", "shop", "12", "1"}} {
		if idempotencyID(other...) == id {
			t.Errorf("%v has the same id", other)
		}
	}
}

func TestDocumentReferencesFit(t *testing.T) {
	long := strings.Repeat("9", 30)
	for name, c := range map[string]struct{ prefix, number, want string }{
		"a prefix stands before the number":  {"UK-", "000000012", "UK-000000012"},
		"a prefix never stands twice":        {"UK-", "UK-000000012", "UK-000000012"},
		"without a prefix it is the number":  {"", "000000012", "000000012"},
		"what is too long has a hash":        {"UK-", long, "UK-9999999999999-RPHC25M5"},
		"what just fits stays what it is":    {"", long[:25], long[:25]},
		"spaces around the number are none":  {"UK-", " 12 ", "UK-12"},
		"letters beyond ASCII count as one":  {"", strings.Repeat("Ü", 25), strings.Repeat("Ü", 25)},
		"another long number, another hash ": {"UK-", long + "8", "UK-9999999999999-" + base36("UK-"+long+"8", 8)},
	} {
		t.Run(name, func(t *testing.T) {
			got := documentReference(c.prefix, c.number)
			if got != c.want || len([]rune(got)) > 25 {
				t.Errorf("%q, want %q of at most 25", got, c.want)
			}
		})
	}
}

func TestALongNumberHasOneReferenceInEverySpelling(t *testing.T) {
	long := strings.Repeat("dup", 10)
	if a, b := documentReference("", long+"A"), documentReference("", strings.ToUpper(long)+"a "); work.ReferenceKey(a) != work.ReferenceKey(b) {
		t.Errorf("%q and %q, want one reference", a, b)
	}
}

func TestContactReferencesFitAndDiffer(t *testing.T) {
	registered := func(id uint64) canonical.Contact { return canonical.Contact{MagentoID: id, Email: "a@example.test"} }
	guest := func(email string) canonical.Contact { return canonical.Contact{Email: email} }
	p := policy.Default()
	for name, c := range map[string]struct {
		contact  canonical.Contact
		currency string
		taken    int
		want     string
	}{
		"registered, base currency":          {registered(1043), "GBP", 0, "M1043"},
		"registered, another currency":       {registered(1043), "EUR", 0, "MSZ-EUR"},
		"registered, taken by somebody else": {registered(1043), "GBP", 1, "M104" + base36("shop|customer:1043|GBP|1", 6)},
		"taken twice":                        {registered(1043), "GBP", 2, "M104" + base36("shop|customer:1043|GBP|2", 6)},
		"an id that is too long":             {registered(12345678901), "GBP", 0, "M123" + base36("shop|customer:12345678901|GBP|0", 6)},
		"a guest":                            {guest("Ada@Example.test"), "GBP", 0, "G" + base36("shop|ada@example.test|GBP", 9)},
		"a guest in another currency":        {guest("ada@example.test"), "EUR", 0, "G" + base36("shop|ada@example.test|EUR", 9)},
		"nobody, base currency":              {guest(" "), "GBP", 0, "WEBSALES"},
		"nobody, another currency":           {guest(""), "EUR", 0, "WEBSAL-EUR"},
	} {
		t.Run(name, func(t *testing.T) {
			got := contactKeyOf("shop", c.contact, c.currency).reference(p, "shop", "GBP", c.taken)
			if got != c.want || len(got) > policy.ContactReferenceLength {
				t.Errorf("%q, want %q of at most 10", got, c.want)
			}
		})
	}
	if a, b := contactKeyOf("shop", guest("ADA@example.test "), "GBP"), contactKeyOf("shop", guest("ada@example.test"), "GBP"); a.Entity != b.Entity {
		t.Error("the case of an e-mail address makes two guests")
	}
	if strings.Contains(contactKeyOf("shop", guest("ada@example.test"), "GBP").Entity, "ada") {
		t.Error("a guest's key can be read")
	}
}
