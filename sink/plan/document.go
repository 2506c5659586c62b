package plan

import (
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
// is frozen when it is first known, so that a document never moves to another period.
func withSummary(item work.SyncItem, d *canonical.Document, t lines.Target) (work.SyncItem, stop) {
	total := t.Total()
	item.Number, item.Currency, item.MagentoTotal = d.IncrementID, d.Currency, &total
	if item.AccountingDate != "" || d.CreatedAt == "" {
		return item, stop{}
	}
	date, err := dateIn(d.CreatedAt, d.Store)
	if err != nil {
		return item, parked(work.ParkReason{Reason: work.DateUnreadable, Hint: fmt.Sprintf("date of the document: %v", err)})
	}
	item.AccountingDate = date
	return item, stop{}
}

// changed stops the plan of a posted document that is not what was sent any more.
func changed(item work.SyncItem, h *canonical.Envelope, d *canonical.Document) stop {
	switch {
	case item.Reason == work.TotalMismatch:
		return stop{keep: true}
	case h.Deleted: // a deletion in Magento never touches Sage
		return stop{state: work.ItemPosted, hint: "deleted in Magento after it was posted"}
	case d.State == canonical.Cancelled:
		return parked(work.ParkReason{Reason: work.ChangedAfterPosting, Hint: "cancelled in Magento after it was posted: void it in Sage, or write a credit note"})
	case item.SentDigest != moneyDigest(d):
		return parked(work.ParkReason{Reason: work.ChangedAfterPosting, Hint: "amounts changed in Magento after it was posted: correct it in Sage by hand"})
	}
	return stop{}
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
	o, refused, err := propose(c.Binding, proposal{
		key: work.OperationKey{Kind: n.kind, Entity: string(c.Item.ID)}, history: n.history,
		verb: "create", object: string(c.Item.ID.Kind()), identity: []string{strconv.FormatUint(n.document.MagentoID, 10)},
		content: n.request(""), body: func(id string) (json.RawMessage, error) { return n.request(id).Body() },
	})
	if err != nil {
		return stop{}, err
	}
	if refused {
		last, _ := n.history.Last()
		return parked(work.ParkReason{Reason: work.RefusedBySage, Hint: last.Hint}), nil
	}
	total := n.target.Total()
	o.Reference, o.Total, o.Tax = n.reference, &total, &n.target.Tax
	o.SentDigests = work.MoneyDigest(moneyDigest(n.document))
	return stop{state: work.ItemPlanned, operations: []work.Operation{o}}, nil
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
		all = append(all, "Purchase Order: "+work.Sanitize(poNumber, 200))
	}
	if credited != "" {
		all = append(all, "Credit for invoice "+work.Sanitize(credited, 50))
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
