package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// creditInBooks is a credit memo that is posted, over 30.00, of an order with one paid invoice
// over 30.00 that is posted and paid too.
func creditInBooks() question {
	i := paid(invoiceOf(1, ada))
	m := creditOf(2, i)
	q := ask(m)
	q.Item = inBooks(m.ID(), "credit-2", &m.Document)
	q.InSage.Invoices = map[canonical.ID]work.SyncItem{"invoice:1": inBooks("invoice:1", "sage-1", &i.Document)}
	q.invoice(1).set(func(i *work.SyncItem) { i.Payment = work.Paid })
	q.InSage.Entities = map[canonical.ID]*canonical.Invoice{"invoice:1": i}
	q.InSage.Settles = map[canonical.ID]settling{m.ID(): {}}
	return q
}

func inBooks(id canonical.ID, sageID string, d *canonical.Document) work.SyncItem {
	total := amt("30.00")
	return work.SyncItem{
		Binding: "shop-uk", ID: id, State: work.ItemPosted, Payment: work.Unpaid, Number: d.IncrementID, Currency: d.Currency, MagentoTotal: &total, SageTotal: &total,
		SageID: sageID, SageNumber: "S-" + sageID, SageContactID: "contact-5", AccountingDate: "2026-02-02", SentDigest: saleOf(d).String(),
	}
}

// invoice is an invoice's item, to be changed.
func (q question) invoice(n uint64) *invoiceItem {
	return &invoiceItem{q, canonical.NewID(canonical.KindInvoice, n), q.InSage.Invoices[canonical.NewID(canonical.KindInvoice, n)]}
}

type invoiceItem struct {
	q  question
	id canonical.ID
	work.SyncItem
}

// set keeps what was changed.
func (i *invoiceItem) set(change func(*work.SyncItem)) {
	change(&i.SyncItem)
	i.q.InSage.Invoices[i.id] = i.SyncItem
}

// sentFor is a history of one operation that a question would plan.
func sentFor(t *testing.T, q question, kind work.OperationKind, state work.OperationState) work.History {
	t.Helper()
	v := q.answer(t)
	at := slices.IndexFunc(v.Operations, func(o work.Operation) bool { return o.Kind == kind })
	if at < 0 {
		t.Fatalf("%q plans no %s", told(v), kind)
	}
	o := v.Operations[at]
	o.State, o.Hint, o.PolicyVersion = state, "Sage said no", 1
	return work.History{o}
}

// settledAs tells what a verdict's operations do to the credit note and the invoices.
func settledAs(t *testing.T, v work.Verdict) string {
	t.Helper()
	words := []string{string(v.Item.State)}
	if v.Item.Reason != "" {
		words = append(words, string(v.Item.Reason))
	}
	words = append(words, string(v.Item.Payment))
	for _, o := range v.Operations {
		switch o.Kind {
		case work.AllocateCreditNote:
			a, err := resource.SentAllocation(o.Body)
			if err != nil {
				t.Fatal(err)
			}
			for _, one := range a.AllocatedArtefacts {
				words = append(words, one.ArtefactID+"="+one.Amount.Fixed(2))
			}
		case work.RefundCreditNote:
			p, err := resource.SentPayment(o.Body)
			if err != nil {
				t.Fatal(err)
			}
			words = append(words, "refund "+p.TotalAmount.Fixed(2)+" from "+p.BankAccountID)
		default:
			words = append(words, string(o.Kind))
		}
	}
	return strings.Join(words, " ")
}

func TestACreditNoteIsSettledAsMagentoSettledIt(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*question, *canonical.CreditMemo)
		want   string
	}{
		"what was paid is refunded": {func(*question, *canonical.CreditMemo) {}, "posted unpaid refund 30.00 from bank"},
		"from the account of its method": {func(q *question, m *canonical.CreditMemo) {
			till := "till"
			q.Policy.PaymentMethodMap, m.PaymentMethod = map[string]*string{"cash": &till}, "cash"
		}, "posted unpaid refund 30.00 from till"},
		"what is open is allocated": {func(q *question, _ *canonical.CreditMemo) {
			q.open(1)
		}, "posted unpaid sage-1=30.00 credit-2=-30.00"},
		"part of what is open": {func(q *question, m *canonical.CreditMemo) {
			q.open(1)
			q.credits(m, "12.00")
		}, "posted unpaid sage-1=12.00 credit-2=-12.00"},
		"what was paid with store credit is set against what it left open": {func(q *question, m *canonical.CreditMemo) {
			q.paidPartly("22.00")
			q.credits(m, "30.00")
			m.GrandTotal, m.Settlements = amt("22.00"), []canonical.Settlement{{Kind: "store_credit", Amount: amt("8.00")}}
		}, "posted unpaid sage-1=8.00 credit-2=-8.00 refund 22.00 from bank"},
		"money is refunded, though something else is open": {func(q *question, m *canonical.CreditMemo) {
			q.paidPartly("22.00")
			q.credits(m, "10.00")
		}, "posted unpaid refund 10.00 from bank"},
		"an open invoice that the memo names comes first": {func(q *question, m *canonical.CreditMemo) {
			q.second(m, work.Unpaid)
			m.InvoiceID = 3
		}, "posted unpaid sage-3=30.00 credit-2=-30.00"},
		"a memo that names none is refunded while something is paid": {func(q *question, m *canonical.CreditMemo) {
			q.second(m, work.Unpaid)
			m.InvoiceID = 0
		}, "posted unpaid refund 30.00 from bank"},
		"more than was paid goes to what is open": {func(q *question, m *canonical.CreditMemo) {
			q.second(m, work.Unpaid)
			m.InvoiceID = 0
			q.credits(m, "45.00")
		}, "posted unpaid sage-3=15.00 credit-2=-15.00 refund 30.00 from bank"},
		"what another memo took is not there any more": {func(q *question, m *canonical.CreditMemo) {
			q.other("creditmemo:1", "", "18.00", "creditmemo:1")
			q.credits(m, "12.00")
		}, "posted unpaid refund 12.00 from bank"},
		"what other memos left is all there is": {func(q *question, m *canonical.CreditMemo) {
			q.other("creditmemo:1", "", "25.00", "creditmemo:1")
			q.credits(m, "12.00")
		}, "posted unpaid refund 5.00 from bank"},
		"what another memo was allocated to is not open": {func(q *question, m *canonical.CreditMemo) {
			q.open(1)
			q.other("creditmemo:1", "sage-1", "25.00", "creditmemo:1")
			q.credits(m, "12.00")
		}, "posted unpaid sage-1=5.00 credit-2=-5.00"},
		"an offline refund is left open by policy": {func(q *question, _ *canonical.CreditMemo) {
			q.Policy.OfflineRefunds = "leave_open"
		}, "open refund_left_open unpaid"},
		"a gateway's refund is not": {func(q *question, m *canonical.CreditMemo) {
			q.Policy.OfflineRefunds, m.TransactionID = "leave_open", "tx"
		}, "posted unpaid refund 30.00 from bank"},
		"what the policy leaves open does not stop the rest": {func(q *question, m *canonical.CreditMemo) {
			q.Policy.OfflineRefunds = "leave_open"
			q.paidPartly("22.00")
			q.credits(m, "30.00")
			m.GrandTotal, m.Settlements = amt("22.00"), []canonical.Settlement{{Kind: "store_credit", Amount: amt("8.00")}}
		}, "posted unpaid sage-1=8.00 credit-2=-8.00"},
		"a method that is left open": {func(q *question, m *canonical.CreditMemo) {
			q.Policy.PaymentMethodMap = map[string]*string{m.PaymentMethod: nil}
		}, "open payment_left_open unpaid"},
		"a method without an account": {func(q *question, _ *canonical.CreditMemo) { q.Policy.DefaultBankAccountID = "" }, "open payment_method_not_mapped unpaid"},
		"store credit instead of money": {func(_ *question, m *canonical.CreditMemo) {
			given := amt("30.00")
			m.RefundedToStoreCredit = &given
		}, "open refunded_to_store_credit unpaid"},
		"part store credit, part money": {func(_ *question, m *canonical.CreditMemo) {
			given := amt("8.00")
			m.RefundedToStoreCredit = &given
		}, "posted unpaid refund 22.00 from bank"},
		"an invoice from before sync_since has nothing to settle": {func(q *question, _ *canonical.CreditMemo) {
			q.invoice(1).set(func(i *work.SyncItem) { *i = work.SyncItem{State: work.ItemSkipped, Reason: work.OutsideSyncSince} })
		}, "open refund_exceeds_payments unpaid"},
		"one whose invoice is not paid yet waits": {func(q *question, _ *canonical.CreditMemo) {
			q.invoice(1).set(func(i *work.SyncItem) { i.Payment = work.Unpaid })
		}, "open waiting_for_invoice_payment unpaid"},
		"one whose invoice is for a person waits": {func(q *question, _ *canonical.CreditMemo) {
			q.invoice(1).set(func(i *work.SyncItem) {
				i.Payment, i.State, i.Reason = work.Unpaid, work.ItemParked, work.PaymentRefused
			})
		}, "open waiting_for_invoice_payment unpaid"},
		"one whose open invoice is for a person waits": {func(q *question, _ *canonical.CreditMemo) {
			q.open(1)
			q.invoice(1).set(func(i *work.SyncItem) { i.State, i.Reason = work.ItemParked, work.ChangedAfterPosting })
		}, "open waiting_for_invoice_payment unpaid"},
		"an invoice of another contact is left alone": {func(q *question, _ *canonical.CreditMemo) {
			q.open(1)
			q.invoice(1).set(func(i *work.SyncItem) { i.SageContactID = "contact-6" })
		}, "open refund_exceeds_payments unpaid"},
		"an invoice that is void is left alone": {func(q *question, _ *canonical.CreditMemo) {
			q.open(1)
			q.invoice(1).set(func(i *work.SyncItem) { i.Payment = work.Void })
		}, "open refund_exceeds_payments unpaid"},
		"no more is given back than the credit note has": {func(q *question, m *canonical.CreditMemo) {
			q.credits(m, "12.00")
			m.GrandTotal = amt("30.00")
		}, "posted unpaid refund 12.00 from bank"},
		"one whose rate is not known": {func(_ *question, m *canonical.CreditMemo) {
			m.Currency, m.BaseToOrderRate = "EUR", amt("0")
		}, "parked base_currency_mismatch unpaid"},
		"one that Magento has not refunded is open there too": {func(_ *question, m *canonical.CreditMemo) { m.State = canonical.Open }, "posted unpaid"},
		"one that a person has posted":                        {func(q *question, _ *canonical.CreditMemo) { q.Item.SageContactID = "" }, "open posted_by_hand unpaid"},
		"one that a person has settled":                       {func(q *question, _ *canonical.CreditMemo) { q.Item.Payment = work.Paid }, "posted paid"},
		"one that Sage counts otherwise": {func(q *question, _ *canonical.CreditMemo) {
			q.Item.State, q.Item.Reason = work.ItemParked, work.TotalMismatch
		}, "parked total_mismatch unpaid"},
	} {
		t.Run(name, func(t *testing.T) {
			q := creditInBooks()
			m := q.Entity.(*canonical.CreditMemo)
			c.change(&q, m)
			q.Item.SentDigest = saleOf(&m.Document).String()
			v := q.answer(t)
			if got := settledAs(t, v); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			if i := q.InSage.Invoices["invoice:1"]; i.State == work.ItemParked && !strings.Contains(v.Item.Hint, string(i.Reason)) {
				t.Errorf("hint %q does not say why its invoice is for a person", v.Item.Hint)
			}
			if v.Item.State == work.ItemOpen && v.Item.Reason != work.WaitsForItsPayment && v.Item.Hint == "" {
				t.Error("it stays open and nobody is told what to do")
			}
			if v.Item.Reason == work.WaitsForItsPayment && v.Item.WaitsFor != "invoice:1" {
				t.Errorf("it waits for %q, and would not wake", v.Item.WaitsFor)
			}
		})
	}
}

// open has an invoice without a payment, in Magento and in Sage.
func (q *question) open(n uint64) {
	q.invoice(n).set(func(i *work.SyncItem) { i.Payment = work.Unpaid })
	e := q.InSage.Entities[canonical.NewID(canonical.KindInvoice, n)]
	e.State, e.Payment = canonical.Open, nil
}

// paidPartly has the invoice paid by a receipt that is less than the invoice.
func (q *question) paidPartly(amount string) {
	total := amt(amount)
	q.InSage.Payments = work.History{{State: work.Confirmed, Total: &total}}
}

// second adds another posted invoice over 30.00 to the order.
func (q *question) second(m *canonical.CreditMemo, p work.PaymentState) {
	i := invoiceOf(3, ada)
	m.Invoices = append(m.Invoices, 3)
	q.InSage.Invoices["invoice:3"] = inBooks("invoice:3", "sage-3", &i.Document)
	q.invoice(3).set(func(item *work.SyncItem) { item.Payment = p })
	q.InSage.Entities["invoice:3"] = i
}

// credits makes the memo one over another amount.
func (q *question) credits(m *canonical.CreditMemo, amount string) {
	total := amt(amount)
	m.GrandTotal, q.Item.SageTotal, q.Item.MagentoTotal = total, &total, &total
}

// other is another memo of the order, that was refunded, or allocated to an invoice.
func (q *question) other(id canonical.ID, invoice, amount string, creditNote canonical.ID) {
	total := amt(amount)
	if invoice == "" {
		q.InSage.Settles[id] = settling{refunds: work.History{{State: work.Confirmed, Total: &total}}}
		return
	}
	body, err := resource.NewAllocation{AllocatedArtefacts: []resource.Allocation{{ArtefactID: invoice, Amount: total}, {ArtefactID: string(creditNote), Amount: total.Neg()}}}.Body()
	if err != nil {
		panic(err)
	}
	q.InSage.Settles[id] = settling{allocations: work.History{{State: work.Confirmed, Total: &total, Body: body}}}
}

// Every call is made once, and the credit note says when nothing is left to do.
func TestASettledCreditNoteIsLeftAlone(t *testing.T) {
	q := creditInBooks()
	for state, want := range map[work.OperationState]string{
		work.Confirmed: "posted paid",
		work.Sending:   "posted unpaid",
		work.InDoubt:   "posted unpaid",
		work.Planned:   "posted unpaid refund 30.00 from bank",
		work.Cancelled: "posted unpaid refund 30.00 from bank",
		work.Refused:   "parked refund_refused unpaid",
	} {
		t.Run(string(state), func(t *testing.T) {
			k := q
			k.InSage.Settles = map[canonical.ID]settling{"creditmemo:2": {refunds: sentFor(t, q, work.RefundCreditNote, state)}}
			v := k.answer(t)
			if got := settledAs(t, v); got != want {
				t.Errorf("%q, want %q", got, want)
			}
			if state == work.Refused && (!strings.Contains(v.Item.Hint, "Sage said no") || !strings.Contains(v.Item.Hint, "--paid")) {
				t.Errorf("hint %q, want Sage's words and what to type", v.Item.Hint)
			}
		})
	}
}

// A refund that was planned and never sent is cancelled with the policy that wanted it, and then
// nothing was given back.
func TestWhatWasOnlyPlannedSettlesNothing(t *testing.T) {
	q := creditInBooks()
	q.InSage.Settles = map[canonical.ID]settling{"creditmemo:2": {refunds: sentFor(t, q, work.RefundCreditNote, work.Planned)}}
	q.Policy.OfflineRefunds = "leave_open"
	if got := settledAs(t, q.answer(t)); got != "open refund_left_open unpaid" {
		t.Errorf("%q, want it left open", got)
	}
}

func TestAnAllocationIsMadeOnce(t *testing.T) {
	q := creditInBooks()
	q.open(1)
	q.InSage.Settles = map[canonical.ID]settling{"creditmemo:2": {allocations: sentFor(t, q, work.AllocateCreditNote, work.Confirmed)}}
	if got := settledAs(t, q.answer(t)); got != "posted paid" {
		t.Errorf("%q, want it settled", got)
	}
	half := sentFor(t, q.halfAllocated(), work.AllocateCreditNote, work.Confirmed)
	q.InSage.Settles = map[canonical.ID]settling{"creditmemo:2": {allocations: half}}
	if got := settledAs(t, q.answer(t)); got != "open refund_exceeds_payments unpaid" {
		t.Errorf("%q, want the rest left open: a second allocation of it would be one too many", got)
	}
}

// halfAllocated is the same question with half of the invoice taken by another memo.
func (q question) halfAllocated() question {
	q.InSage.Settles = map[canonical.ID]settling{"creditmemo:2": {}}
	q.other("creditmemo:1", "sage-1", "15.00", "creditmemo:1")
	return q
}

// Of two calls, the one that Sage takes is made though it has refused the other.
func TestARefusedAllocationDoesNotStopTheRefund(t *testing.T) {
	q := creditInBooks()
	m := q.Entity.(*canonical.CreditMemo)
	q.paidPartly("22.00")
	m.GrandTotal, m.Settlements = amt("22.00"), []canonical.Settlement{{Kind: "store_credit", Amount: amt("8.00")}}
	q.Item.SentDigest = saleOf(&m.Document).String()
	q.InSage.Settles["creditmemo:2"] = settling{allocations: sentFor(t, q, work.AllocateCreditNote, work.Refused)}
	if got := settledAs(t, q.answer(t)); got != "parked allocation_refused unpaid refund 22.00 from bank" {
		t.Errorf("%q, want it parked and the refund made", got)
	}
}

func TestAnInvoiceThatCreditNotesWereSetAgainstIsPaidIntoAccount(t *testing.T) {
	i := paid(invoiceOf(1, ada))
	q := ask(i).posted()
	q.InSage.Settles = map[canonical.ID]settling{}
	q.other("creditmemo:2", "sage-1", "12.00", "creditmemo:2")
	v := q.answer(t)
	if len(v.Operations) != 1 {
		t.Fatalf("%q, want the payment", told(v))
	}
	p, err := resource.SentPayment(v.Operations[0].Body)
	if err != nil || p.TotalAmount.Fixed(2) != "30.00" || len(p.AllocatedArtefacts) != 1 || p.AllocatedArtefacts[0].Amount.Fixed(2) != "18.00" {
		t.Errorf("%s, %v; want 30.00 received, and 18.00 of it allocated", v.Operations[0].Body, err)
	}
}

func TestWhatStaysOpenOfAnInvoiceSaysWhy(t *testing.T) {
	for name, c := range map[string]struct {
		change     func(*question, *canonical.Invoice)
		want, hint string
	}{
		"its method has no account": {func(q *question, _ *canonical.Invoice) { q.Policy.DefaultBankAccountID = "" }, "posted unpaid", "no bank account"},
		"its method is left open": {func(q *question, i *canonical.Invoice) {
			q.Policy.PaymentMethodMap = map[string]*string{i.PaymentMethod: nil}
		}, "posted unpaid", "by hand"},
		"a person has posted it":    {func(q *question, _ *canonical.Invoice) { q.Item.SageContactID = "" }, "posted unpaid", "--paid"},
		"it is not paid in Magento": {func(_ *question, i *canonical.Invoice) { i.Payment = nil }, "posted", ""},
		"part of it was store credit": {func(q *question, i *canonical.Invoice) {
			q.Item.Payment, i.Settlements = work.Paid, []canonical.Settlement{{Amount: amt("8")}}
		}, "posted paid", "8.00 GBP"},
		"all of it was money":        {func(q *question, _ *canonical.Invoice) { q.Item.Payment = work.Paid }, "posted paid", ""},
		"all of it was store credit": {func(_ *question, i *canonical.Invoice) { i.GrandTotal = amt("0") }, "posted unpaid", ""},
	} {
		t.Run(name, func(t *testing.T) {
			i := paid(invoiceOf(1, ada))
			q := ask(i).posted()
			c.change(&q, i)
			q.Item.SentDigest = saleOf(&i.Document).String()
			if v := q.answer(t); told(v) != c.want || !strings.Contains(v.Item.Hint, c.hint) || (c.hint == "") != (v.Item.Hint == "") {
				t.Errorf("%q with hint %q, want %q with %q", told(v), v.Item.Hint, c.want, c.hint)
			}
		})
	}
}

// Whatever was paid and whatever other memos took: a credit note never gives back more than came
// in, takes no more of an invoice than is open, and is used up at most once.
func TestNoCreditNoteIsSettledTwice(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		cents := func(label string, most int) money.Amount {
			return money.Cents(int64(rapid.IntRange(0, most).Draw(rt, label)))
		}
		q := creditInBooks()
		m := q.Entity.(*canonical.CreditMemo)
		invoices := map[string]money.Amount{}
		m.Invoices, q.InSage.Invoices = nil, map[canonical.ID]work.SyncItem{}
		for n := range rapid.IntRange(0, 3).Draw(rt, "invoices") {
			number := uint64(n + 1)
			q.second(m, work.Unpaid)
			m.Invoices[n] = number
			id := canonical.NewID(canonical.KindInvoice, number)
			item, total := q.InSage.Invoices["invoice:3"], cents("total", 5000)
			delete(q.InSage.Invoices, "invoice:3")
			item.ID, item.SageID, item.SageTotal = id, fmt.Sprintf("sage-%d", number), &total
			if rapid.Bool().Draw(rt, "paid") {
				item.Payment = work.Paid
			}
			q.InSage.Invoices[id], q.InSage.Entities[id] = item, invoiceOf(number, ada)
			invoices[item.SageID] = total
		}
		total := cents("credit", 9000).Add(money.Cents(1))
		m.GrandTotal, q.Item.SageTotal, q.Item.MagentoTotal = money.Min(total, cents("money", 9000)), &total, &total
		m.InvoiceID = uint64(rapid.IntRange(0, 3).Draw(rt, "named"))
		before := cents("refunded before", 3000)
		q.InSage.Settles["creditmemo:1"] = settling{refunds: work.History{{State: work.Confirmed, Total: &before}}}
		q.Item.SentDigest = saleOf(&m.Document).String()

		v, err := q.decide()
		if err != nil {
			rt.Fatal(err)
		}
		received, used := before.Neg(), money.Amount{}
		for id, t := range invoices {
			if q.InSage.Invoices[canonical.ID("invoice:"+strings.TrimPrefix(id, "sage-"))].Payment == work.Paid {
				received = received.Add(t)
				invoices[id] = money.Amount{}
			}
		}
		for _, o := range v.Operations {
			used = used.Add(*o.Total)
			if o.Kind == work.RefundCreditNote && o.Total.Cmp(received) > 0 {
				rt.Fatalf("%s refunded of %s", o.Total, received)
			}
			var sent struct {
				Allocation resource.NewAllocation `json:"contact_allocation"`
			}
			if o.Kind != work.AllocateCreditNote || json.Unmarshal(o.Body, &sent) != nil {
				continue
			}
			var sum money.Amount
			for _, a := range sent.Allocation.AllocatedArtefacts {
				sum = sum.Add(a.Amount)
				if a.ArtefactID != "credit-2" && a.Amount.Cmp(invoices[a.ArtefactID]) > 0 {
					rt.Fatalf("%s of %s, of which %s is open", a.Amount, a.ArtefactID, invoices[a.ArtefactID])
				}
			}
			if !sum.IsZero() {
				rt.Fatalf("the allocation sums to %s", sum)
			}
		}
		if used.Cmp(total) > 0 {
			rt.Fatalf("%s of %s is used", used, total)
		}
	})
}
