package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// moneyDigest is the digest of what a posted document is compared by later: its amounts
// and nothing else.
func moneyDigest(d *canonical.Document) string {
	h := sha256.New()
	line := func(name string, amounts ...money.Amount) {
		fmt.Fprint(h, name)
		for _, a := range amounts {
			fmt.Fprint(h, "|", a.Fixed(4))
		}
		fmt.Fprintln(h)
	}
	line(d.Currency, d.GrandTotal, d.TaxAmount)
	for _, l := range d.Lines {
		line(fmt.Sprint(l.LineID, l.TaxPercent), l.Qty, l.NetAmount, l.LineTax)
	}
	if s := d.Shipping; s != nil {
		line("shipping"+s.TaxPercent, s.NetAmount, s.TaxAmount)
	}
	for _, a := range d.Adjustments {
		line(string(a.Kind)+a.TaxPercent, a.NetAmount, a.TaxAmount)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}
