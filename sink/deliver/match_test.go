package deliver

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// What would be made, of each kind, and what stands in Sage of it.
const (
	contactSent    = `{"contact":{"name":"Ada Example","currency_id":"EUR","reference":"M5-EUR","contact_type_ids":["CUSTOMER"],"main_contact_person":{"name":"Ada","email":"Ada@example.test"}}}`
	contactThere   = `{"id":"c1","name":"Ada Example","reference":"M5-EUR","currency":{"id":"EUR"},"main_contact_person":{"name":"Ada","email":"Ada@example.test"}}`
	invoiceSent    = `{"sales_invoice":{"contact_id":"c1","date":"2026-01-31","reference":"UK-000000001","currency_id":"EUR"}}`
	invoiceThere   = `{"id":"i1","displayed_as":"SI-1","reference":"uk-000000001","date":"2026-01-31","contact":{"id":"c1"},"currency":{"id":"EUR"},"status":{"id":"UNPAID"},"tax_amount":"5.0","total_amount":"30.0","outstanding_amount":"30.0"}`
	paymentSent    = `{"contact_payment":{"transaction_type_id":"CUSTOMER_RECEIPT","contact_id":"c1","bank_account_id":"b1","date":"2026-02-01","total_amount":"30.00","reference":"UK-000000001","currency_id":"EUR","allocated_artefacts":[{"artefact_id":"i1","amount":"30.00"}]}}`
	paymentThere   = `{"id":"p1","reference":"UK-000000001","date":"2026-02-03","contact":{"id":"c1"},"bank_account":{"id":"b2"},"currency":{"id":"EUR"},"transaction_type":{"id":"CUSTOMER_RECEIPT"},"total_amount":"30.0","allocated_artefacts":[{"artefact":{"id":"i1"},"amount":"30.0"}]}`
	allocationSent = `{"contact_allocation":{"transaction_type_id":"CUSTOMER_ALLOCATION","contact_id":"c1","date":"2026-02-02","allocated_artefacts":[{"artefact_id":"i1","amount":"30.00"},{"artefact_id":"n1","amount":"-30.00"}]}}`
	allocThere     = `{"id":"a1","contact":{"id":"c1"},"allocated_artefacts":[{"artefact":{"id":"i1"},"amount":"30.0"},{"artefact":{"id":"n1"},"amount":"-30.0"}]}`
)

// candidates are what would be made.
func candidateOf(kind work.OperationKind) work.Candidate {
	total, tax := money.MustParse("30"), money.MustParse("5")
	o := work.Candidate{Number: "000000001", Operation: work.Operation{
		OperationKey: work.OperationKey{Kind: kind, Entity: "invoice:1"}, ID: 7, Binding: "shop-uk", Reference: "UK-000000001", Total: &total, State: work.Planned,
	}}
	switch kind {
	case work.CreateContact:
		o.Entity, o.Currency, o.Reference, o.Number, o.Total, o.Body = "customer:5", "EUR", "M5-EUR", "", nil, json.RawMessage(contactSent)
		o.SentDigests = json.RawMessage(`{"name":"n","reference":"r","main_contact_person":"p"}`)
	case work.CreateInvoice:
		o.Tax, o.Body = &tax, json.RawMessage(invoiceSent)
	case work.CreateCreditNote:
		o.Tax, o.Body = &tax, json.RawMessage(strings.Replace(invoiceSent, "sales_invoice", "sales_credit_note", 1))
	case work.CreatePayment:
		o.Body = json.RawMessage(paymentSent)
	case work.RefundCreditNote:
		o.Body = json.RawMessage(strings.Replace(paymentSent, "RECEIPT", "REFUND", 1))
	case work.AllocateCreditNote:
		o.Reference, o.Body = "", json.RawMessage(allocationSent)
	}
	return o
}

// listsOf sorts texts into the lists that they stand in.
func listsOf(t *testing.T, texts ...string) (l sage.Lists) {
	t.Helper()
	for _, text := range texts {
		var err error
		switch {
		case strings.Contains(text, `"id":"p`):
			l.Payments = append(l.Payments, resource.Payment{})
			err = json.Unmarshal([]byte(text), &l.Payments[len(l.Payments)-1])
		case strings.Contains(text, `"id":"a`):
			l.Allocations = append(l.Allocations, resource.ContactAllocation{})
			err = json.Unmarshal([]byte(text), &l.Allocations[len(l.Allocations)-1])
		case strings.HasPrefix(text, `{"id":"c`):
			l.Contacts = append(l.Contacts, resource.Contact{})
			err = json.Unmarshal([]byte(text), &l.Contacts[len(l.Contacts)-1])
		case strings.HasPrefix(text, `{"id":"n`):
			l.CreditNotes = append(l.CreditNotes, resource.Document{})
			err = json.Unmarshal([]byte(text), &l.CreditNotes[len(l.CreditNotes)-1])
		default:
			l.Invoices = append(l.Invoices, resource.Document{})
			err = json.Unmarshal([]byte(text), &l.Invoices[len(l.Invoices)-1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// with is a text in which things are replaced, two by two.
func with(text string, pairs ...string) string { return strings.NewReplacer(pairs...).Replace(text) }

func TestWhatStandsInSageIsAdoptedOnlyWhereItIsEqual(t *testing.T) {
	other := &OtherConnector{Prefix: "UK-", BaseCurrency: "GBP", Fallback: "WEBSALES"}
	paidInvoice := with(invoiceThere, `"outstanding_amount":"30.0"`, `"outstanding_amount":"0.0"`, "UNPAID", "PAID")
	for name, c := range map[string]struct {
		kind    work.OperationKind
		other   *OtherConnector
		there   []string
		want    Outcome
		differs string
	}{
		"no contact":                                  {work.CreateContact, nil, []string{with(contactThere, "M5-EUR", "M6-EUR")}, Missing, ""},
		"a contact":                                   {work.CreateContact, nil, []string{contactThere}, Equal, ""},
		"a contact of another currency":               {work.CreateContact, nil, []string{with(contactThere, `{"id":"EUR"}`, `{"id":"GBP"}`)}, Different, "currency_id"},
		"a contact with another name":                 {work.CreateContact, nil, []string{with(contactThere, `"name":"Ada Example"`, `"name":"Ada Newname"`)}, Equal, "name"},
		"a contact with another address":              {work.CreateContact, nil, []string{with(contactThere, "Ada@", "new@")}, Equal, "main_contact_person.email"},
		"a contact with another name and address":     {work.CreateContact, nil, []string{with(contactThere, `"name":"Ada Example"`, `"name":"Eve"`, "Ada@", "eve@")}, Different, "main_contact_person.email name"},
		"another connector's contact, unasked":        {work.CreateContact, nil, []string{with(contactThere, "M5-EUR", "M5E")}, Missing, ""},
		"another connector's contact":                 {work.CreateContact, other, []string{with(contactThere, "M5-EUR", "M5E", `"name":"Ada Example"`, `"name":"Ada Example (EUR)"`)}, Equal, ""},
		"another connector's contact of EGP":          {work.CreateContact, other, []string{with(contactThere, "M5-EUR", "M5E", `{"id":"EUR"}`, `{"id":"EGP"}`)}, Different, "currency_id"},
		"another connector's contact of somebody":     {work.CreateContact, other, []string{with(contactThere, "M5-EUR", "M5E", `"name":"Ada Example"`, `"name":"Eve"`, "Ada@", "eve@")}, Different, "main_contact_person.email name"},
		"two contacts, another connector's and ours":  {work.CreateContact, other, []string{contactThere, with(contactThere, "M5-EUR", "M5E", `"c1"`, `"c2"`)}, Doubled, ""},
		"no invoice":                                  {work.CreateInvoice, nil, nil, Missing, ""},
		"an invoice, its reference spelt otherwise":   {work.CreateInvoice, nil, []string{invoiceThere}, Equal, ""},
		"an invoice of another total":                 {work.CreateInvoice, nil, []string{with(invoiceThere, `"total_amount":"30.0"`, `"total_amount":"30.01"`)}, Different, "total_amount"},
		"an invoice of another tax":                   {work.CreateInvoice, nil, []string{with(invoiceThere, `"5.0"`, `"5.01"`)}, Different, "tax_amount"},
		"an invoice of another day":                   {work.CreateInvoice, nil, []string{with(invoiceThere, "01-31", "02-01")}, Different, "date"},
		"an invoice to another contact":               {work.CreateInvoice, nil, []string{with(invoiceThere, `"c1"`, `"c2"`)}, Different, "contact_id"},
		"an invoice in another currency":              {work.CreateInvoice, nil, []string{with(invoiceThere, "EUR", "GBP")}, Different, "currency_id"},
		"an invoice that was taken back":              {work.CreateInvoice, nil, []string{with(invoiceThere, "UNPAID", "VOID")}, Different, "status"},
		"two invoices":                                {work.CreateInvoice, nil, []string{invoiceThere, with(invoiceThere, `"i1"`, `"i2"`)}, Doubled, ""},
		"a credit note is no invoice":                 {work.CreateInvoice, nil, []string{with(invoiceThere, `"i1"`, `"n1"`)}, Missing, ""},
		"a credit note":                               {work.CreateCreditNote, nil, []string{with(invoiceThere, `"i1"`, `"n1"`)}, Equal, ""},
		"a credit note of another total":              {work.CreateCreditNote, nil, []string{with(invoiceThere, `"i1"`, `"n1"`, `"30.0"`, `"29.0"`)}, Different, "total_amount"},
		"another connector's invoice, a day later":    {work.CreateInvoice, other, []string{with(invoiceThere, "01-31", "02-01")}, Equal, ""},
		"another connector's invoice, two days later": {work.CreateInvoice, other, []string{with(invoiceThere, "01-31", "02-02")}, Different, "date"},
		"another connector's invoice of another tax":  {work.CreateInvoice, other, []string{with(invoiceThere, `"5.0"`, `"5.01"`)}, Equal, ""},
		"another connector's invoice, another total":  {work.CreateInvoice, other, []string{with(invoiceThere, `"total_amount":"30.0"`, `"total_amount":"30.01"`)}, Different, "total_amount"},
		"another connector's invoice to another":      {work.CreateInvoice, other, []string{with(invoiceThere, `"c1"`, `"c2"`)}, Different, "contact_id"},
		"another connector's prefix":                  {work.CreateInvoice, &OtherConnector{Prefix: "X"}, []string{with(invoiceThere, "uk-", "X")}, Equal, ""},
		"another connector's prefix, unasked":         {work.CreateInvoice, other, []string{with(invoiceThere, "uk-", "X")}, Missing, ""},
		"no receipt":                                  {work.CreatePayment, nil, []string{invoiceThere}, Missing, ""},
		"a receipt of another day and bank":           {work.CreatePayment, nil, []string{paidInvoice, paymentThere}, Equal, ""},
		"a refund is no receipt":                      {work.CreatePayment, nil, []string{invoiceThere, with(paymentThere, "RECEIPT", "REFUND")}, Missing, ""},
		"a receipt of another amount":                 {work.CreatePayment, nil, []string{invoiceThere, with(paymentThere, `"total_amount":"30.0"`, `"total_amount":"29.0"`)}, Different, "total_amount"},
		"a receipt from another contact":              {work.CreatePayment, nil, []string{invoiceThere, with(paymentThere, `"c1"`, `"c2"`)}, Different, "contact_id"},
		"a receipt in another currency":               {work.CreatePayment, nil, []string{invoiceThere, with(paymentThere, "EUR", "GBP")}, Different, "currency_id"},
		"a receipt for nothing":                       {work.CreatePayment, nil, []string{invoiceThere, with(paymentThere, `"i1"`, `"i2"`)}, Different, "allocated_artefacts"},
		"a receipt that was allocated apart":          {work.CreatePayment, nil, []string{paidInvoice, with(paymentThere, `"i1"`, `"i2"`)}, Equal, ""},
		"a receipt with another reference":            {work.CreatePayment, nil, []string{paidInvoice, with(paymentThere, "UK-000000001", "BACS")}, Different, "reference"},
		"another connector's with another reference":  {work.CreatePayment, other, []string{paidInvoice, with(paymentThere, "UK-000000001", "BACS")}, Equal, ""},
		"two receipts":                                {work.CreatePayment, nil, []string{paidInvoice, paymentThere, with(paymentThere, `"p1"`, `"p2"`)}, Doubled, ""},
		"an invoice that was paid otherwise":          {work.CreatePayment, nil, []string{paidInvoice}, Different, "outstanding_amount"},
		"a refund":                                    {work.RefundCreditNote, nil, []string{with(paymentThere, "RECEIPT", "REFUND")}, Equal, ""},
		"a refund of another amount":                  {work.RefundCreditNote, nil, []string{with(paymentThere, "RECEIPT", "REFUND", `"total_amount":"30.0"`, `"total_amount":"29.0"`)}, Different, "total_amount"},
		"no allocation":                               {work.AllocateCreditNote, nil, []string{with(allocThere, `"n1"`, `"n2"`)}, Missing, ""},
		"an allocation":                               {work.AllocateCreditNote, nil, []string{allocThere}, Equal, ""},
		"an allocation of another amount":             {work.AllocateCreditNote, nil, []string{with(allocThere, "30.0", "10.0")}, Different, "allocated_artefacts.amount allocated_artefacts.amount"},
		"an allocation that was taken back":           {work.AllocateCreditNote, nil, []string{with(allocThere, `"contact"`, `"deleted_at":"2026-02-03","contact"`)}, Missing, ""},
	} {
		t.Run(name, func(t *testing.T) {
			o := candidateOf(c.kind)
			m, err := NewBooks(listsOf(t, c.there...)).Match(o, c.other)
			if err != nil || m.Outcome != c.want || strings.Join(m.Differs, " ") != c.differs {
				t.Fatalf("%s, differs in %v, %v; want %s, %q", m.Outcome, m.Differs, err, c.want, c.differs)
			}
			r := m.Result
			switch c.want {
			case Missing:
				if len(m.Found) != 0 || r.State != "" {
					t.Errorf("%+v", m)
				}
			case Equal:
				if r.State != work.Confirmed || r.SageID != m.Found[0].SageID || r.Operation.ID != o.ID || r.Posted != nil && r.Posted.State != work.ItemPosted || r.Mismatch.Found() {
					t.Errorf("%+v", r)
				}
			default:
				if r.State != work.Parked || r.Reason != string(work.NotAsInSage) || !strings.Contains(r.Hint, "operation settle 7 ") || !strings.Contains(r.Hint, m.Found[0].SageID) || strings.Contains(r.Hint, "Ada") {
					t.Errorf("%s %s: %s", r.State, r.Reason, r.Hint)
				}
			}
		})
	}
}

// TestAnotherConnectorsGuestsAreFoundByTheirAddress: the hash is of the address in lower case, or as it is.
func TestAnotherConnectorsGuestsAreFoundByTheirAddress(t *testing.T) {
	other := &OtherConnector{BaseCurrency: "GBP", Fallback: "WEBSALES"}
	o := candidateOf(work.CreateContact)
	for name, c := range map[string]struct{ entity, reference string }{
		"in lower case":             {"guest:1", "Gb97222ea6"},
		"as it is":                  {"guest:1", "G46044e76a"},
		"the fallback":              {fallback, "WEBSALESE"},
		"a customer":                {"customer:5", "M5E"},
		"one with our own in upper": {"customer:5", "m5-eur"},
	} {
		o.Entity = c.entity
		m, err := NewBooks(listsOf(t, with(contactThere, "M5-EUR", c.reference))).Match(o, other)
		if err != nil || m.Outcome != Equal {
			t.Errorf("%s: %s, %v; want it found", name, m.Outcome, err)
		}
		// It keeps its own reference and name: nothing is to be changed because of them.
		if digests := string(m.Result.Operation.SentDigests); !strings.Contains(digests, `"reference":"r"`) || !strings.Contains(digests, `"name":"n"`) {
			t.Errorf("%s: the digests are %s", name, digests)
		}
	}
}

const fallback = "fallback"
