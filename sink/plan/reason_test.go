package plan

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

// refused is a history whose newest operation Sage has refused.
func refused(t *testing.T, q question) work.Operation {
	t.Helper()
	v := q.answer(t)
	if len(v.Operations) != 1 {
		t.Fatalf("%q, want one operation to refuse", told(v))
	}
	o := v.Operations[0]
	o.State, o.PolicyVersion, o.Hint, o.SourceField = work.Refused, 1, "Sage said no", "name"
	return o
}

// TestEveryReasonIsReached has a case for each reason that a plan gives. What delivering
// gives, total_mismatch, xref_collision, content_mismatch and not_as_in_sage, a plan only keeps; what
// Postgres does not take, it never sees.
func TestEveryReasonIsReached(t *testing.T) {
	invoice := func(change func(*question, *canonical.Invoice)) question {
		i := invoiceOf(1, ada)
		return with(ask(i).withContact(), i, change)
	}
	posted := func(change func(*question, *canonical.Invoice)) question {
		i := paid(invoiceOf(1, ada))
		return with(ask(i).posted(), i, change)
	}
	memo := func(invoice work.SyncItem) question {
		q := ask(creditOf(2, invoiceOf(1, ada)))
		q.InSage.Invoices = map[canonical.ID]work.SyncItem{"invoice:1": invoice}
		return q
	}
	credited := func(change func(*question, *canonical.CreditMemo)) question {
		q := creditInBooks()
		return with(q, q.Entity.(*canonical.CreditMemo), change)
	}
	parkedFor := func(r work.Reason) work.History {
		return work.History{{Revision: 1, State: work.Parked, Reason: string(r), Hint: "h"}}
	}
	cases := map[work.Reason]question{
		work.OutsideFilter:    invoice(func(q *question, _ *canonical.Invoice) { q.Policy.WebsiteFilter = []int{2} }),
		work.OutsideSyncSince: invoice(func(_ *question, i *canonical.Invoice) { i.CreatedAt = "2025-12-31T23:59:59Z" }),
		work.ZeroValue: invoice(func(q *question, i *canonical.Invoice) {
			q.Policy.SyncZeroValueInvoices, i.GrandTotal = false, amt("0")
		}),
		work.SettledByHand: invoice(func(q *question, i *canonical.Invoice) {
			q.Item.SentDigest = leftOutMark + saleOf(&i.Document).String()
		}),
		work.ChangedAfterSettling: invoice(func(q *question, i *canonical.Invoice) {
			q.Item.SentDigest = leftOutMark + saleOf(&i.Document).String()
			i.GrandTotal = amt("31")
		}),
		work.IsCancelled:      invoice(func(_ *question, i *canonical.Invoice) { i.State = canonical.Cancelled }),
		work.IsDeleted:        invoice(func(_ *question, i *canonical.Invoice) { i.Deleted = true }),
		work.NoContactYet:     ask(customerOf(ada)),
		work.PolicyIncomplete: invoice(func(q *question, _ *canonical.Invoice) { q.Policy.DefaultLedgerAccountID = "" }),
		work.NotConnected:     invoice(func(q *question, _ *canonical.Invoice) { q.Binding.Business = "" }),
		work.WaitsForPayment:  invoice(func(q *question, _ *canonical.Invoice) { q.Policy.SyncUnpaidInvoices = false }),
		work.WaitsForTaxRates: invoice(func(_ *question, i *canonical.Invoice) { i.TaxRatesComplete = false }),
		work.WaitsForContact:  invoice(func(q *question, _ *canonical.Invoice) { q.InSage.Contact = nil }),
		work.WaitsForInvoice:  memo(work.SyncItem{}),
		work.InvoiceNotInSage: memo(work.SyncItem{State: work.ItemParked, Reason: work.TaxUnmapped}),
		work.WaitsForAnAnswer: invoice(func(q *question, _ *canonical.Invoice) { q.InSage.Creates = work.History{{State: work.InDoubt}} }),
		work.TotalsDoNotFoot:  invoice(func(_ *question, i *canonical.Invoice) { i.GrandTotal = amt("31.00") }),
		work.NegativeTotal:    invoice(func(_ *question, i *canonical.Invoice) { amounts(&i.Document, "-1.00", "0", "-1.00", "0") }),
		work.DecimalsMismatch: invoice(func(_ *question, i *canonical.Invoice) {
			i.Currency, i.GrandTotal = "JPY", amt("30.50")
			i.Shipping.NetAmount = amt("5.50")
		}),
		work.TaxRatesIncomplete: invoice(func(q *question, i *canonical.Invoice) {
			i.TaxRatesComplete, q.Item.Reason = false, work.TaxRatesIncomplete
		}),
		work.TaxUnmapped:   invoice(func(q *question, _ *canonical.Invoice) { q.Policy.TaxRateMap = nil }),
		work.StoreUnknown:  invoice(func(q *question, i *canonical.Invoice) { q.Policy.StoreFilter, i.StoreID = []int{1}, nil }),
		work.NumberMissing: invoice(func(_ *question, i *canonical.Invoice) { i.IncrementID = " \x00" }),
		work.AddressMissing: invoice(func(_ *question, i *canonical.Invoice) {
			i.BillingAddress, i.ShippingAddress = nil, nil
		}),
		work.PersonalDataDropped:  invoice(func(q *question, _ *canonical.Invoice) { q.WithoutPerson = true }),
		work.DateUnreadable:       invoice(func(_ *question, i *canonical.Invoice) { i.CreatedAt = "yesterday" }),
		work.BaseCurrencyMismatch: invoice(func(_ *question, i *canonical.Invoice) { i.Currency, i.BaseCurrency = "USD", "EUR" }),
		work.ChangedAfterPosting:  posted(func(_ *question, i *canonical.Invoice) { i.Lines[0].LineTax = amt("3.99") }),
		work.DeletedUnseen:        invoice(func(q *question, i *canonical.Invoice) { i.Deleted, q.ReadBefore = true, true }),
		work.IDUsedAgain:          posted(func(_ *question, i *canonical.Invoice) { i.IncrementID = "000000002" }),
		work.NumberUsedTwice: invoice(func(q *question, _ *canonical.Invoice) {
			q.InSage.Holds = &work.Holder{Binding: "shop-uk", Entity: "invoice:7"}
		}),
		work.TotalMismatch: posted(func(q *question, _ *canonical.Invoice) {
			q.Item.State, q.Item.Reason = work.ItemParked, work.TotalMismatch
		}),
		work.ContactRefused: invoice(func(q *question, _ *canonical.Invoice) {
			q.InSage.Contact = nil
			q.InSage.ContactCreates = work.History{refused(t, *q)}
		}),
		work.RefusedBySage:    invoice(func(q *question, _ *canonical.Invoice) { q.InSage.Creates = work.History{refused(t, *q)} }),
		work.PaymentRefused:   posted(func(q *question, _ *canonical.Invoice) { q.InSage.Payments = work.History{refused(t, *q)} }),
		work.PaymentNotMapped: credited(func(q *question, _ *canonical.CreditMemo) { q.Policy.DefaultBankAccountID = "" }),
		work.PaymentLeftOpen: credited(func(q *question, m *canonical.CreditMemo) {
			q.Policy.PaymentMethodMap = map[string]*string{m.PaymentMethod: nil}
		}),
		work.PostedByHand:   credited(func(q *question, _ *canonical.CreditMemo) { q.Item.SageContactID = "" }),
		work.RefundLeftOpen: credited(func(q *question, _ *canonical.CreditMemo) { q.Policy.OfflineRefunds = "leave_open" }),
		work.WaitsForItsPayment: credited(func(q *question, _ *canonical.CreditMemo) {
			q.invoice(1).set(func(i *work.SyncItem) { i.Payment = work.Unpaid })
		}),
		work.RefundedToStoreCredit: credited(func(_ *question, m *canonical.CreditMemo) {
			given := amt("30")
			m.RefundedToStoreCredit = &given
		}),
		work.RefundExceedsPayments: credited(func(q *question, m *canonical.CreditMemo) { m.Invoices = nil }),
		work.RefundRefused: credited(func(q *question, _ *canonical.CreditMemo) {
			q.InSage.Settles["creditmemo:2"] = settling{refunds: sentFor(t, *q, work.RefundCreditNote, work.Refused)}
		}),
		work.AllocationRefused: credited(func(q *question, _ *canonical.CreditMemo) {
			q.open(1)
			q.InSage.Settles["creditmemo:2"] = settling{allocations: sentFor(t, *q, work.AllocateCreditNote, work.Refused)}
		}),
		work.VoidRefused:     with(cancelledInBooks(), 0, func(q *question, _ int) { q.InSage.Voids = sentFor(t, *q, work.VoidInvoice, work.Refused) }),
		work.ContentMismatch: invoice(func(q *question, _ *canonical.Invoice) { q.InSage.Creates = parkedFor(work.ContentMismatch) }),
		work.NotAsInSage:     invoice(func(q *question, _ *canonical.Invoice) { q.InSage.Creates = parkedFor(work.NotAsInSage) }),
		work.XrefCollision:   posted(func(q *question, _ *canonical.Invoice) { q.InSage.Payments = parkedFor(work.XrefCollision) }),
	}
	byPostgres := []work.Reason{work.AmountTooLarge, work.ClashesWithAnother, work.NotStorable}
	for _, state := range work.ItemStates() {
		for _, r := range work.Reasons(state) {
			if slices.Contains(byPostgres, r) {
				continue
			}
			t.Run(string(r), func(t *testing.T) {
				q, ok := cases[r]
				if !ok {
					t.Fatal("no case reaches it")
				}
				v := q.answer(t)
				if v.Item.Reason != r || v.Item.State != state {
					t.Errorf("%q, want %s %s", told(v), state, r)
				}
				if state == work.ItemParked && v.Item.Hint == "" && r != work.TotalMismatch {
					t.Error("parked without a hint: a person would not know what to do")
				}
				if state == work.ItemSkipped && len(v.Cancel) == 0 {
					t.Error("what was planned for it is not cancelled")
				}
			})
		}
	}
}

func TestPaymentsInTheWay(t *testing.T) {
	posted := func(change func(*question, *canonical.Invoice)) question {
		i := paid(invoiceOf(1, ada))
		return with(ask(i).posted(), i, change)
	}
	for name, c := range map[string]struct {
		q    question
		want string
	}{
		"a payment whose date is no date": {posted(func(_ *question, i *canonical.Invoice) { i.Payment.CapturedAt = "soon" }), "parked date_unreadable"},
		"a payment over nothing": {posted(func(q *question, i *canonical.Invoice) {
			i.GrandTotal = amt("0")
			q.Item.SentDigest = saleOf(&i.Document).String()
		}), "posted unpaid"},
		"a payment that a person parked": {posted(func(q *question, _ *canonical.Invoice) {
			q.InSage.Payments = work.History{{State: work.Parked, Reason: "content_mismatch"}}
		}), "parked content_mismatch"},
		"an invoice that nobody has paid yet": {posted(func(_ *question, i *canonical.Invoice) { i.Payment = nil }), "posted"},
	} {
		t.Run(name, func(t *testing.T) {
			if v := c.q.answer(t); told(v) != c.want {
				t.Errorf("%q, want %q", told(v), c.want)
			}
		})
	}
}

func TestARefusedPaymentLeavesTheInvoiceUnpaid(t *testing.T) {
	q := ask(paid(invoiceOf(1, ada))).posted()
	q.InSage.Payments = work.History{refused(t, q)}
	if v := q.answer(t); told(v) != "parked payment_refused unpaid" || v.Item.Hint != "Sage said no" {
		t.Errorf("%q %q, want parked, unpaid, with Sage's hint", told(v), v.Item.Hint)
	}
}

func TestTaxRowsAreWaitedForHalfAMinute(t *testing.T) {
	for name, c := range map[string]struct {
		waited time.Duration
		want   string
		again  time.Duration
	}{
		"just now":              {0, "waiting waiting_for_tax_rates", 30 * time.Second},
		"ten seconds ago":       {10 * time.Second, "waiting waiting_for_tax_rates", 20 * time.Second},
		"thirty seconds ago":    {30 * time.Second, "parked tax_rates_incomplete", 0},
		"longer than we looked": {time.Hour, "parked tax_rates_incomplete", 0},
	} {
		t.Run(name, func(t *testing.T) {
			i := invoiceOf(1, ada)
			i.TaxRatesComplete = false
			q := ask(i).withContact()
			since := noon.Add(-c.waited)
			q.Item.Reason, q.Item.WaitingSince = work.WaitsForTaxRates, &since
			if v := q.answer(t); told(v) != c.want || v.PlanAgainIn != c.again {
				t.Errorf("%q again in %s, want %q in %s", told(v), v.PlanAgainIn, c.want, c.again)
			}
		})
	}
}

func TestACustomersContactsAreChangedEachForItself(t *testing.T) {
	customer := customerOf(ada)
	customer.LastName = "Newname"
	sent := func(name string) json.RawMessage { return json.RawMessage(`{"name":"` + name + `"}`) }
	q := ask(customer)
	q.InSage.Contacts = []work.Xref{
		{Type: work.XrefContact, Entity: "customer:5", Currency: "EUR", SageID: "c-eur", SentDigests: sent("old")},
		{Type: work.XrefContact, Entity: "customer:5", Currency: "GBP", SageID: "c-gbp", SentDigests: sent("old")},
	}
	v := q.answer(t)
	if told(v) != "posted paid +change_contact +change_contact" || v.Operations[0].Target != "c-eur" || v.Operations[1].Target != "c-gbp" || !v.WakeWaiting {
		t.Fatalf("%q %+v, want a change of each", told(v), v.Operations)
	}
	if v.Operations[0].IdempotencyID == v.Operations[1].IdempotencyID {
		t.Error("two changes go under one id: Sage would make the first only")
	}
	gbp := v.Operations[1]
	gbp.State, gbp.PolicyVersion, gbp.Hint = work.Refused, 1, "Sage said no"
	q.InSage.Changes = map[string]work.History{"GBP": {gbp}, "EUR": {{Revision: 1, State: work.Sending}}}
	if v = q.answer(t); told(v) != "parked contact_refused" || v.Item.Hint != "Sage said no" {
		t.Errorf("%q %q, want parked: one is refused, the other under way", told(v), v.Item.Hint)
	}
}

func TestADeletedCustomersContactsStay(t *testing.T) {
	customer := customerOf(ada)
	customer.Deleted = true
	q := ask(customer)
	q.InSage.Contacts = []work.Xref{{Currency: "GBP", SageID: "c1", SentDigests: json.RawMessage(`{}`)}}
	if v := q.answer(t); told(v) != "skipped deleted_in_magento" {
		t.Errorf("%q, want skipped", told(v))
	}
}

func TestAContactIsMadeOfWhatTheShopKnowsElseOfTheOrder(t *testing.T) {
	guest := ada
	guest.MagentoID = 0
	nobody := guest
	nobody.Email = " "
	renamed := ada
	renamed.LastName = "Known"
	deleted := customerOf(renamed)
	deleted.Deleted = true
	for name, c := range map[string]struct {
		buyer        canonical.Contact
		known        *canonical.Customer
		entity, body string
	}{
		"a registered customer as the shop knows her": {ada, customerOf(renamed), "customer:5", `"name":"Ada Known"`},
		"one that has not arrived":                    {ada, nil, "customer:5", `"name":"Ada Example"`},
		"one that was deleted":                        {ada, deleted, "customer:5", `"name":"Ada Example"`},
		"addresses are the order's":                   {ada, customerOf(renamed), "customer:5", `"city":"York"`},
		"a guest by the order":                        {guest, nil, "guest:", `"name":"Ada Example"`},
		"a buyer without an e-mail address":           {nobody, nil, "fallback", `"name":"Magento Web Sales"`},
	} {
		t.Run(name, func(t *testing.T) {
			q := ask(invoiceOf(1, c.buyer))
			q.InSage.Customer = c.known
			v := q.answer(t)
			if len(v.Operations) != 1 || !strings.HasPrefix(v.Operations[0].Entity, c.entity) || !strings.Contains(string(v.Operations[0].Body), c.body) {
				t.Errorf("%q %s, want %s with %s", told(v), v.Operations[0].Body, c.entity, c.body)
			}
		})
	}
}

// Sage would take an amount without a currency for one in that of the business.
func TestADocumentWithoutACurrencyIsParked(t *testing.T) {
	for _, currency := range []string{"", canonical.NoCurrency} {
		i := invoiceOf(1, ada)
		q := with(ask(i), i, func(_ *question, i *canonical.Invoice) { i.Currency = currency })
		v := q.answer(t)
		if v.Item.State != work.ItemParked || v.Item.Reason != work.BaseCurrencyMismatch || len(v.Operations) != 0 || !strings.Contains(v.Item.Hint, "order_currency_code") {
			t.Errorf("%q, want it parked until it has a currency", told(v))
		}
	}
}

// A rate of zero would be divided by. Only the currency is another than the one that
// was posted, as when the binding's business changed its base currency.
func TestAReceiptWithoutAnExchangeRateIsParked(t *testing.T) {
	i := paid(invoiceOf(1, ada))
	q := ask(i).posted()
	q.Binding.BaseCurrency = "EUR"
	i.BaseToOrderRate = amt("0")
	q = with(q, i, func(*question, *canonical.Invoice) {})
	if v := q.answer(t); v.Item.State != work.ItemParked || v.Item.Reason != work.BaseCurrencyMismatch || len(v.Operations) != 0 {
		t.Errorf("%q, want it parked without a receipt", told(v))
	}
}
