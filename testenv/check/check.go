// Package check holds Magento's tables against what the Sage simulator received,
// without asking mage2sage anything: two independent books, compared document by
// document.
//
//	Magento: sales_invoice, sales_creditmemo, customer_entity   ┐
//	                                                            ├─ Report
//	Sage:    GET /_sim/documents                                ┘
//
// It knows the identities at Sage (references of documents and contacts) from the
// contracts, not from the code that it checks.
package check

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"text/tabwriter"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// Books names the two sides.
type Books struct {
	DB           *sql.DB // on Magento's database
	TablePrefix  string  // of Magento's tables
	Sage         string  // base URL of the simulator
	Prefix       string  // the policy's invoice_number_prefix
	BaseCurrency string  // Sage's; contacts in it have the short reference
}

// A Line sums one kind of document in one currency.
type Line struct {
	Entity, Currency        string
	MagentoCount, SageCount int
	MagentoTotal, SageTotal money.Amount // two decimals each, summed after rounding
	Difference              money.Amount // Magento less Sage
	MissingInSage           int          // customers: those whose contact lacks or has another name
}

// A Report is what a comparison found.
type Report struct {
	Lines    []Line
	Problems []string // one sentence each; empty when the books agree
}

// Compare reads both sides once.
func (b Books) Compare(ctx context.Context) (Report, error) {
	sage, err := Documents(ctx, b.Sage)
	if err != nil {
		return Report{}, err
	}
	var r Report
	for _, k := range kinds {
		magento, err := b.documents(ctx, k)
		if err != nil {
			return Report{}, err
		}
		r.compareDocuments(k, magento, sage, b.Prefix)
	}
	people, err := b.customers(ctx)
	if err != nil {
		return Report{}, err
	}
	r.compareCustomers(people, sage)
	r.comparePayments(sage)
	return r, nil
}

// OK reports whether nothing differs.
func (r Report) OK() bool { return len(r.Problems) == 0 }

// Difference adds up what differs, without signs.
func (r Report) Difference() money.Amount {
	var total money.Amount
	for _, l := range r.Lines {
		total = total.Add(l.Difference.Abs())
	}
	return total
}

// Missing counts the documents and customers that are not in Sage.
func (r Report) Missing() (n int) {
	for _, l := range r.Lines {
		n += l.MissingInSage
	}
	return n
}

// Print writes the lines as a table.
func (r Report) Print(w io.Writer) {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "entity\tcurrency\tin Magento\ttotal\tin Sage\ttotal\tdifference\t")
	for _, l := range r.Lines {
		if l.Entity == customerLine {
			names := "names equal"
			if l.MissingInSage > 0 {
				names = fmt.Sprintf("%d differ", l.MissingInSage)
			}
			fmt.Fprintf(t, "%s\t%s\t%d\t\t%d\t\t%s\t\n", l.Entity, l.Currency, l.MagentoCount, l.SageCount, names)
			continue
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\t%d\t%s\t%s\t\n", l.Entity, l.Currency,
			l.MagentoCount, l.MagentoTotal.Fixed(2), l.SageCount, l.SageTotal.Fixed(2), l.Difference.Fixed(2))
	}
	t.Flush()
}
