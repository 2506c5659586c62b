package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/cmd/internal/view"
)

func TestOtherPeoplesTextIsShownAndNotObeyed(t *testing.T) {
	for in, want := range map[string]string{
		"\x1b[2J\x1b]0;owned\a": `\u001b[2J\u001b]0;owned\u0007`,
		"\u009b31m":             `\u009b31m`,
		"123\u202e321":          `123\u202e321`,
		"1\r2\b3\x7f":           `1\u000d2\u00083\u007f`,
		"Müller £ →\n\tx":       "Müller £ →\n\tx",
	} {
		t.Run(want, func(t *testing.T) {
			var out bytes.Buffer
			if err := output("table").print(&out, nil, func(w io.Writer) { _, _ = io.WriteString(w, in) }); err != nil || out.String() != want {
				t.Errorf("%q, %v; want %q", out.String(), err, want)
			}
		})
	}
}

func TestANumberOfMagentoCannotMakeALineOfItsOwn(t *testing.T) {
	var out bytes.Buffer
	printDocuments(&out, []view.Item{{Key: "invoice:1", Number: "1\ninvoice:2\t000000002\tposted", State: "parked", Reason: "tax_unmapped", Hint: "a\nb"}})
	if n := strings.Count(out.String(), "\n"); n != 2 || !strings.Contains(out.String(), `1\ninvoice:2\t000000002`) {
		t.Errorf("%d lines, want the head and one:\n%s", n, out.String())
	}
}
