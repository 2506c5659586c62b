package check

import (
	"fmt"
	"sort"
	"strings"
)

// compareDocuments adds a line per currency and a problem per document that is
// missing, there twice, or different in currency, total or tax.
func (r *Report) compareDocuments(k kind, magento []document, sage []Document, prefix string) {
	there := byReference(sage, k.sage)
	lines := map[string]*Line{}
	for _, m := range magento {
		l := lineOf(lines, k.entity, m.currency)
		l.MagentoCount++
		l.MagentoTotal = l.MagentoTotal.Add(m.total.Round(2))
		reference := reference(prefix, m.increment)
		found := there[reference]
		delete(there, reference)
		if len(found) == 0 {
			l.MissingInSage++
			r.problem("%s %s is not in Sage", k.entity, m.increment)
			continue
		}
		for _, d := range found {
			l.SageCount++
			l.SageTotal = l.SageTotal.Add(d.Total)
		}
		r.compareOne(k, m, found)
	}
	for ref, found := range there {
		r.problem("Sage has %d %s with reference %q that Magento does not know", len(found), k.sage, ref)
	}
	r.Lines = append(r.Lines, closed(lines)...)
}

func (r *Report) compareOne(k kind, m document, found []Document) {
	if len(found) > 1 {
		r.problem("%s %s is in Sage %d times", k.entity, m.increment, len(found))
	}
	for _, d := range found {
		if d.Currency != m.currency {
			r.problem("%s %s is in %s, in Sage in %s", k.entity, m.increment, m.currency, d.Currency)
		}
		if !d.Total.Equal(m.total.Round(2)) {
			r.problem("%s %s is %s, in Sage %s", k.entity, m.increment, m.total.Fixed(2), d.Total.Fixed(2))
		}
		if !d.Tax.Equal(m.tax.Round(2)) {
			r.problem("%s %s has tax %s, in Sage %s", k.entity, m.increment, m.tax.Fixed(2), d.Tax.Fixed(2))
		}
	}
}

// compareCustomers holds names of contacts against customers.
func (r *Report) compareCustomers(people []customer, sage []Document) {
	contacts := byReference(sage, "contact")
	lines := map[string]*Line{}
	for _, c := range people {
		l := lineOf(lines, customerLine, c.currency)
		l.MagentoCount++
		found := contacts[c.wantsReference]
		l.SageCount += len(found)
		if len(found) != 1 {
			l.MissingInSage++
			r.problem("customer %d has %d contacts %s in Sage, want one", c.id, len(found), c.wantsReference)
			continue
		}
		if name := found[0].ContactName; !sameName(name, c) {
			l.MissingInSage++
			r.problem("customer %d has another name in Sage's contact %s", c.id, c.wantsReference)
		}
	}
	r.Lines = append(r.Lines, closed(lines)...)
}

// comparePayments adds a problem per reference that was paid twice: a payment has
// the reference of its invoice, and an invoice is paid at once or not at all.
func (r *Report) comparePayments(sage []Document) {
	for ref, found := range byReference(sage, "payment") {
		if len(found) > 1 {
			r.problem("Sage has %d payments with reference %q, want one", len(found), ref)
		}
	}
}

// sameName accepts the company where there is one, and a suffix for the currency.
func sameName(inSage string, c customer) bool {
	want := c.person
	if c.firm != "" {
		want = c.firm
	}
	return inSage == want || inSage == want+" ("+c.currency+")"
}

// reference is the document's reference: never prefixed twice.
func reference(prefix, increment string) string {
	if strings.HasPrefix(increment, prefix) {
		return increment
	}
	return prefix + increment
}

// byReference groups live documents of one kind.
func byReference(sage []Document, kind string) map[string][]Document {
	all := map[string][]Document{}
	for _, d := range sage {
		if d.Kind == kind && d.Status != "VOID" {
			all[d.Reference] = append(all[d.Reference], d)
		}
	}
	return all
}

func lineOf(lines map[string]*Line, entity, currency string) *Line {
	l, ok := lines[currency]
	if !ok {
		l = &Line{Entity: entity, Currency: currency}
		lines[currency] = l
	}
	return l
}

// closed fills in the differences and sorts by currency.
func closed(lines map[string]*Line) (all []Line) {
	for _, l := range lines {
		l.Difference = l.MagentoTotal.Sub(l.SageTotal)
		all = append(all, *l)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Currency < all[j].Currency })
	return all
}

func (r *Report) problem(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}
