package resource

import (
	"strings"
	"testing"
)

func TestAFaultIsReadFromEveryShapeThatSageAndItsGatewaysSend(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want Fault
	}{
		"an array of one":       {`[{"$severity":"error","$dataCode":"RecordInvalid","$message":"m","$source":"line_items.tax_rate_id"}]`, Fault{"RecordInvalid", "m", "line_items.tax_rate_id"}},
		"an array: the first":   {`[{"$dataCode":"A"},{"$dataCode":"B"}]`, Fault{Code: "A"}},
		"a fault alone":         {` {"$dataCode":"RecordNotFound","$source":""} `, Fault{Code: "RecordNotFound"}},
		"a source in brackets":  {`[{"$dataCode":"Validation","$source":"contact[contact_type_ids]"}]`, Fault{Code: "Validation", Source: "contact[contact_type_ids]"}},
		"an empty array":        {`[]`, Fault{}},
		"an array of texts":     {`["no"]`, Fault{}},
		"a text":                {`"no"`, Fault{}},
		"a number as a code":    {`[{"$dataCode":1}]`, Fault{}},
		"a gateway's page":      {`<html><body>502 Bad Gateway</body></html>`, Fault{}},
		"nothing":               {``, Fault{}},
		"JSON that is cut off":  {`[{"$dataCode":"RecordInv`, Fault{}},
		"a person as a source":  {`[{"$dataCode":"X","$source":"Ada Example"}]`, Fault{Code: "X"}},
		"an address as a code":  {`[{"$dataCode":"ada@example.test"}]`, Fault{}},
		"a letter that is rare": {`[{"$dataCode":"Größe"}]`, Fault{}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := ReadFault([]byte(c.body)); got != c.want {
				t.Errorf("read %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestAFaultIsSagesOwnWhereItsCodeFitsTheStatus(t *testing.T) {
	for name, c := range map[string]struct {
		fault  Fault
		status int
		want   bool
	}{
		"a record that is not there":           {Fault{Code: "RecordNotFound"}, 404, true},
		"a record that is not there, of a 422": {Fault{Code: "RecordNotFound"}, 422, false},
		"content that is refused":              {Fault{Code: "RecordInvalid"}, 422, true},
		"content that is refused, of a 401":    {Fault{Code: "RecordInvalid"}, 401, false},
		"a code that Sage does not document":   {Fault{Code: "IdempotencyResourceMismatch"}, 409, true},
		"no code":                              {Fault{Message: "Not found"}, 404, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.fault.FromSage(c.status); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestAnIdentifierIsAtMost80Characters(t *testing.T) {
	for length, want := range map[int]int{0: 0, 1: 1, 80: 80, 81: 0} {
		if got := len(Identifier(strings.Repeat("a", length))); got != want {
			t.Errorf("of %d characters %d are let through, want %d", length, got, want)
		}
	}
}

// What is read of an error body is shown to people and logged, so nothing in it may
// be anything but a code or the name of a field.
func FuzzFaults(f *testing.F) {
	for _, seed := range []string{
		`[{"$dataCode":"RecordInvalid","$source":"line_items.tax_rate_id"}]`, `{"$dataCode":"A","$source":"contact[contact_type_ids]"}`,
		`{"$dataCode":1}`, `[[]]`, `[null]`, `null`, `<html>`, `{"$dataCode":"a b","$source":"Ada <ada@example.test>"}`, "\ufeff[]", `[{"$dataCode":"\u0000"}]`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got := ReadFault([]byte(body))
		for _, s := range []string{got.Code, got.Source} {
			if len(s) > longestIdentifier || strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._[]$-") != "" {
				t.Errorf("let through %q", s)
			}
		}
	})
}
