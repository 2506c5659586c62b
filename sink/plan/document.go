package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/plan/lines"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// withSummary notes on the item what people look for: number, total and date. The date
// is frozen when it is first known, so that a document never moves to another period. What
// is posted stays as it was posted when its id stands for nothing any more, or for another
// document; of what is gone is kept what was known.
func withSummary(item work.SyncItem, d *canonical.Document, t lines.Target) (work.SyncItem, stop) {
	if item.SageID != "" && readSale(item.SentDigest).document != saleOf(d).document {
		return item, stop{}
	}
	if d.IncrementID == "" && d.CreatedAt == "" {
		return item, stop{}
	}
	total := t.Total()
	item.Number, item.Currency, item.MagentoTotal = d.IncrementID, d.Currency, &total
	if d.CreatedAt == "" || mayBeDateOf(d.CreatedAt, item.AccountingDate) {
		return item, stop{}
	}
	date, err := dateIn(d.CreatedAt, d.Store)
	if err != nil {
		return item, parked(work.ParkReason{Reason: work.DateUnreadable, Hint: fmt.Sprintf("date of the document: %v", err)})
	}
	item.AccountingDate = date
	return item, stop{}
}

// A request knows its JSON.
type request interface {
	Body() (json.RawMessage, error)
}

// A newDocument is an invoice or credit note on its way to Sage.
type newDocument struct {
	kind      work.OperationKind
	document  *canonical.Document
	history   work.History
	target    lines.Target
	reference string
	request   func(idempotencyID string) request
}

// create plans the create of a document, unless Sage has refused just that.
func create(c Case, n newDocument) (stop, error) {
	total, digest := n.target.Total(), saleOf(n.document).String()
	o, refused, err := propose(c.Binding, proposal{
		key: work.OperationKey{Kind: n.kind, Entity: string(c.Item.ID)}, history: n.history,
		verb: "create", object: string(c.Item.ID.Kind()), identity: documentIdentity(n.document),
		content: n.request(""), body: func(id string) (json.RawMessage, error) { return n.request(id).Body() },
	})
	if err != nil {
		return stop{}, err
	}
	if refused {
		last, _ := n.history.Last()
		return parked(work.ParkReason{Reason: work.RefusedBySage, Hint: last.Hint}), nil
	}
	o.Reference, o.Total, o.Tax, o.SentDigests = n.reference, &total, &n.target.Tax, work.MoneyDigest(digest)
	return stop{state: work.ItemPlanned, operations: []work.Operation{o}}, nil
}

// documentIdentity names a document in idempotency ids: a shop that was restored from an
// older dump gives the same id, and perhaps the same number, to another sale.
func documentIdentity(d *canonical.Document) []string {
	return []string{strconv.FormatUint(d.MagentoID, 10), d.IncrementID, d.CreatedAt}
}

// documentHead is what invoices and credit notes share.
func documentHead(c Case, d *canonical.Document, contact, date string) resource.DocumentHead {
	main, delivery := documentAddresses(d)
	return resource.DocumentHead{
		ContactID: contact, Date: date, Reference: documentReference(c.Policy.InvoiceNumberPrefix, d.IncrementID),
		Notes: notes(d.PONumber, ""), CurrencyID: d.Currency, ExchangeRate: exchangeRate(c.Binding.BaseCurrency, d), MainAddress: main, DeliveryAddress: delivery,
	}
}

// notes of a document: the buyer's own number, and for a credit note the invoice that
// it is for.
func notes(poNumber, credited string) string {
	var all []string
	if poNumber != "" {
		all = append(all, "Purchase Order: "+resource.Sanitize(poNumber, 200))
	}
	if credited != "" {
		all = append(all, "Credit for invoice "+resource.Sanitize(credited, 50))
	}
	return strings.Join(all, "\n")
}

var one = money.FromInt(1)

// exchangeRate is base units per unit of the document's currency, as Sage takes it and
// Magento does not store it; nil in the base currency. Sage keeps ten decimals.
func exchangeRate(base string, d *canonical.Document) *money.Amount {
	if d.Currency == base {
		return nil
	}
	rate := one.Quo(d.BaseToOrderRate, 10)
	return &rate
}

// documentReferenceLength is how many characters Sage allows in a document's reference.
const documentReferenceLength = 25

// documentReference is the reference of an invoice or credit note in Sage: the
// policy's prefix and Magento's increment id, without spaces around it. One that is too
// long becomes its head and a hash, the same for all spellings of a number.
func documentReference(prefix, incrementID string) string {
	ref := strings.TrimSpace(incrementID)
	if !strings.HasPrefix(ref, prefix) {
		ref = prefix + ref
	}
	if len([]rune(ref)) <= documentReferenceLength {
		return ref
	}
	return resource.Truncate(ref, documentReferenceLength-9) + "-" + base36(work.ReferenceKey(ref), 8)
}

// moneyDigest is the digest of a document's amounts.
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
