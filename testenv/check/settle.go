package check

import (
	"context"
	"fmt"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// Mapped reports whether a payment method has a bank account in the policy.
type Mapped func(method string) bool

// Magento's states of what is settled there.
const (
	paidInMagento     = 2 // of sales_invoice
	refundedInMagento = 2 // of sales_creditmemo
)

// A settled is a document with what Magento has done about its money.
type settled struct {
	increment, method string
	order             uint64
	total             money.Amount
	state             int
}

// Settlements says what is not settled at Sage as Magento has settled it: each paid invoice by one
// receipt over all of it, each credit memo by one refund over all of it, or where its method has
// no bank account by what is open of its order; and nothing before what it settles.
func (b Books) Settlements(ctx context.Context, mapped Mapped) (problems []string, err error) {
	sage, err := Documents(ctx, b.Sage)
	if err != nil {
		return nil, err
	}
	invoices, err := b.settled(ctx, "sales_invoice")
	if err != nil {
		return nil, err
	}
	memos, err := b.settled(ctx, "sales_creditmemo")
	if err != nil {
		return nil, err
	}
	s := settlements{b: b, mapped: mapped, of: map[string]map[string][]Document{}, open: map[uint64]money.Amount{}}
	for _, kind := range []string{"invoice", "credit_note", "payment", "refund", "allocation"} {
		s.of[kind] = byReference(sage, kind)
	}
	for _, i := range invoices {
		s.invoice(i)
	}
	for _, m := range memos {
		s.memo(m, invoices)
	}
	for order, open := range s.open {
		if !open.IsZero() {
			s.problem("order %d has %s open in Sage beyond what Magento has open", order, open.Fixed(2))
		}
	}
	return s.problems, nil
}

func (b Books) settled(ctx context.Context, table string) (all []settled, err error) {
	rows, err := b.DB.QueryContext(ctx, fmt.Sprintf(
		"SELECT d.increment_id, d.order_id, d.grand_total, d.state, p.method FROM %[1]s%[2]s d JOIN %[1]ssales_order_payment p ON p.parent_id = d.order_id WHERE d.state <> %[3]d ORDER BY d.entity_id",
		b.TablePrefix, table, cancelled))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", table, err)
	}
	defer rows.Close()
	for rows.Next() {
		var d settled
		var total string
		if err := rows.Scan(&d.increment, &d.order, &total, &d.state, &d.method); err != nil {
			return nil, fmt.Errorf("read %s: %w", table, err)
		}
		d.total = money.MustParse(total).Round(2)
		all = append(all, d)
	}
	return all, rows.Err()
}

// settlements hold both sides against each other.
type settlements struct {
	b        Books
	mapped   Mapped
	of       map[string]map[string][]Document // by kind and reference
	open     map[uint64]money.Amount          // by order: in Sage, less what should be
	problems []string
}

func (s *settlements) problem(format string, args ...any) {
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

// one is the only document of a kind with a number; false where there are none or several, which
// Compare reports.
func (s *settlements) one(kind, increment string) (Document, bool) {
	found := s.of[kind][reference(s.b.Prefix, increment)]
	if len(found) != 1 {
		return Document{}, false
	}
	return found[0], true
}

// moved checks that money moved for a document once, over all of it and after it; or not at all.
func (s *settlements) moved(kind string, d settled, after Document, want bool) {
	found := s.of[kind][reference(s.b.Prefix, d.increment)]
	n := 0
	if want && !d.total.IsZero() {
		n = 1
	}
	if len(found) != n {
		s.problem("%s has %d of kind %s in Sage, want %d", d.increment, len(found), kind, n)
		return
	}
	for _, f := range found {
		if !f.Total.Equal(d.total) {
			s.problem("%s is %s, and its %s is %s", d.increment, d.total.Fixed(2), kind, f.Total.Fixed(2))
		}
		if f.Sequence < after.Sequence {
			s.problem("the %s of %s came before it", kind, d.increment)
		}
		if f.Contact != after.Contact {
			s.problem("the %s of %s is of contact %s, and it of %s", kind, d.increment, f.Contact, after.Contact)
		}
	}
}

func (s *settlements) invoice(i settled) {
	in, ok := s.one("invoice", i.increment)
	if !ok {
		return
	}
	paid := i.state == paidInMagento && s.mapped(i.method)
	s.moved("payment", i, in, paid)
	s.open[i.order] = s.open[i.order].Add(in.Outstanding)
	if !paid {
		s.open[i.order] = s.open[i.order].Sub(i.total)
	}
}

func (s *settlements) memo(m settled, invoices []settled) {
	note, ok := s.one("credit_note", m.increment)
	if !ok {
		return
	}
	refunded := m.state == refundedInMagento
	s.moved("refund", m, note, refunded && s.mapped(m.method))
	if refunded && note.Status != "PAID" && !m.total.IsZero() {
		s.problem("credit note %s is %s, with %s open", m.increment, note.Status, note.Outstanding.Fixed(2))
	}
	s.open[m.order] = s.open[m.order].Sub(note.Outstanding)
	if !refunded || !s.mapped(m.method) {
		s.open[m.order] = s.open[m.order].Add(m.total)
	}
	for _, i := range invoices {
		if in, ok := s.one("invoice", i.increment); i.order == m.order && ok && in.Contact != note.Contact {
			s.problem("credit note %s is of contact %s, and its invoice of %s", m.increment, note.Contact, in.Contact)
		}
	}
}

// Personal lists what names buyers and may be in no log: e-mail addresses, streets and telephone
// numbers of the shop.
func (b Books) Personal(ctx context.Context) (all []string, err error) {
	for _, query := range []string{
		"SELECT email FROM {p}customer_entity", "SELECT customer_email FROM {p}sales_order",
		"SELECT street FROM {p}sales_order_address", "SELECT telephone FROM {p}sales_order_address",
	} {
		rows, err := b.DB.QueryContext(ctx, "SELECT DISTINCT x FROM ("+strings.NewReplacer("{p}", b.TablePrefix, " FROM", " AS x FROM").Replace(query)+") t WHERE LENGTH(x) > 6")
		if err != nil {
			return nil, fmt.Errorf("read what is personal: %w", err)
		}
		for rows.Next() {
			var text string
			if err := rows.Scan(&text); err != nil {
				return nil, fmt.Errorf("read what is personal: %w", err)
			}
			all = append(all, strings.Split(text, "\n")...)
		}
		if err := rows.Err(); err != nil {
			return nil, err
		}
		rows.Close()
	}
	return all, nil
}
