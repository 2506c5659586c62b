package plan

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/fixture"
)

var (
	ada        = fixture.Ada
	amt        = fixture.Amount
	london     = fixture.London
	invoiceOf  = fixture.Invoice
	paid       = fixture.Paid
	creditOf   = fixture.CreditMemo
	customerOf = fixture.Customer
)

var noon = time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC)

// testPolicy is a policy whose accounts can be read.
func testPolicy() policy.Policy {
	p := policy.Default()
	p.DefaultLedgerAccountID, p.ShippingLedgerAccountID, p.AdjustmentLedgerAccountID, p.DiscountLedgerAccountID = "sales", "carriage", "adjustments", "discounts"
	p.UntaxedTaxRateID, p.DefaultBankAccountID = "NO_TAX", "bank"
	p.TaxRateMap = map[string]string{"20.00": "STANDARD", "5.00": "LOWER", "0.00": "ZERO"}
	return p
}

// A question is an entity that is due, with what is known of it at Sage.
type question struct {
	Now     time.Time
	Binding work.Binding
	Policy  policy.Policy
	Item    work.SyncItem
	Entity  canonical.Entity
	InSage  known
	// ReadBefore is that of a work.Due.
	ReadBefore bool
	// WithoutPerson has nobody know any more who bought.
	WithoutPerson bool
}

// known is an InSage in memory.
type known struct {
	Creates, Payments, ContactCreates, Voids work.History
	Settles                                  map[canonical.ID]settling // of the order's credit memos

	Contact  *work.Xref          // of the document's customer
	Customer *canonical.Customer // as the shop knows it
	Invoices map[canonical.ID]work.SyncItem
	Entities map[canonical.ID]*canonical.Invoice
	Holds    *work.Holder
	Asked    *[]string               // collects what Holder was asked for; nil where nobody looks
	Newest   canonical.Entity        // a document of the customer's newest order
	Contacts []work.Xref             // of a customer
	Changes  map[string]work.History // of those contacts, by currency
}

func (k known) History(key work.OperationKey) (work.History, error) {
	switch key.Kind {
	case work.CreatePayment:
		return k.Payments, nil
	case work.AllocateCreditNote:
		return k.Settles[canonical.ID(key.Entity)].allocations, nil
	case work.RefundCreditNote:
		return k.Settles[canonical.ID(key.Entity)].refunds, nil
	case work.VoidInvoice, work.VoidCreditNote:
		return k.Voids, nil
	case work.CreateContact:
		return k.ContactCreates, nil
	case work.ChangeContact:
		return k.Changes[key.Currency], nil
	}
	return k.Creates, nil
}

func (k known) Xrefs(work.XrefType, string) ([]work.Xref, error) {
	if k.Contact != nil {
		return []work.Xref{*k.Contact}, nil
	}
	return k.Contacts, nil
}

func (k known) Holder(kind work.OperationKind, reference string) (*work.Holder, error) {
	if k.Asked != nil {
		*k.Asked = append(*k.Asked, string(kind)+" "+reference)
	}
	return k.Holds, nil
}

func (k known) Items([]canonical.ID) (map[canonical.ID]work.SyncItem, error) { return k.Invoices, nil }

func (k known) CreditMemos(uint64) ([]canonical.ID, error) {
	return slices.Sorted(maps.Keys(k.Settles)), nil
}

func (k known) Entity(id canonical.ID) (json.RawMessage, error) {
	if id.Kind() == canonical.KindInvoice {
		return json.Marshal(k.Entities[id])
	}
	if k.Customer == nil {
		return nil, nil
	}
	return json.Marshal(k.Customer)
}

func (k known) NewestDocument(uint64) (canonical.ID, json.RawMessage, error) {
	if k.Newest == nil {
		return "", nil, nil
	}
	body, err := json.Marshal(k.Newest)
	return k.Newest.ID(), body, err
}

// ask is about an entity of a connected binding of which nothing is known yet.
func ask(e canonical.Entity) question {
	return question{
		Now: noon, Policy: testPolicy(), Entity: e, Item: work.SyncItem{Binding: "shop-uk", ID: e.ID(), State: work.ItemPlanned},
		Binding: work.Binding{Name: "shop-uk", Source: "shop", Business: "b", BaseCurrency: "GBP", State: work.Connected, PolicyVersion: 1,
			ImportedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)},
	}
}

// withContact has the contact in Sage.
func (q question) withContact() question {
	q.InSage.Contact = &work.Xref{Type: work.XrefContact, Entity: "customer:5", Currency: q.currency(), SageID: "contact-5"}
	return q
}

func (q question) currency() string {
	if i, ok := q.Entity.(*canonical.Invoice); ok {
		return i.Currency
	}
	return "GBP"
}

// posted has the invoice in Sage.
func (q question) posted() question {
	i := q.Entity.(*canonical.Invoice)
	total := amt("30.00")
	q.Item.SageTotal = &total
	q.Item.SageID, q.Item.SageContactID, q.Item.State, q.Item.SentDigest = "sage-1", "contact-5", work.ItemPosted, saleOf(&i.Document).String()
	return q
}

func with[T any](q question, e T, change func(*question, T)) question {
	change(&q, e)
	return q
}

// decide asks the table, as the planner does.
func (q question) decide() (work.Verdict, error) {
	body, err := json.Marshal(q.Entity)
	if err != nil {
		return work.Verdict{}, err
	}
	if q.WithoutPerson {
		if body, err = WithoutPerson(q.Entity.ID(), body); err != nil {
			return work.Verdict{}, err
		}
	}
	if q.Binding.Policy, err = json.Marshal(q.Policy); err != nil {
		return work.Verdict{}, err
	}
	return Decide(q.Now, work.Due{Binding: q.Binding, Item: q.Item, Body: body, ReadBefore: q.ReadBefore, WithoutPerson: q.WithoutPerson}, q.InSage)
}

// answer is the verdict on a question that must have one.
func (q question) answer(t *testing.T) work.Verdict {
	t.Helper()
	v, err := q.decide()
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// told is a verdict in one line: state, reason, what it waits for, operations.
func told(v work.Verdict) string {
	words := []string{string(v.Item.State)}
	for _, w := range []string{string(v.Item.Reason), v.Item.WaitsFor, string(v.Item.Payment)} {
		if w != "" {
			words = append(words, w)
		}
	}
	for _, o := range v.Operations {
		words = append(words, "+"+string(o.Kind))
	}
	return strings.Join(words, " ")
}
