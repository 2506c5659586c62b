package simulator

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/wire"
)

// documentResource is the collection of invoices or of credit notes.
func documentResource(kind books.Kind) resource {
	return resource{
		list:    documentsOf(kind).list,
		create:  func(c *call) (int, any, error) { return createDocument(c, kind) },
		get:     on(func(c *call) (*books.Document, bool) { return seen(c, c.books.Shelf(kind)) }, getDocument),
		change:  onDocument(kind, changeDocument),
		remove:  onDocument(kind, voidDocument),
		release: onDocument(kind, releaseDocument),
		queries: append(changes, "show_payments_allocations", "show_corrections", "search", "contact_id", "status_id", "from_date", "to_date",
			"has_attachments", "sort", "mark_as_sent", "show_recurring_invoice", "show_analysis_types", "void_reason"),
	}
}

// offerResource is the collection of estimates or of quotes.
func offerResource(kind books.Kind) resource {
	return resource{
		list:   documentsOf(kind).list,
		create: func(c *call) (int, any, error) { return createDocument(c, kind) },
		get:    on(func(c *call) (*books.Document, bool) { return seen(c, c.books.Shelf(kind)) }, getDocument),
		change: onDocument(kind, changeDocument),
		remove: onDocument(kind, func(c *call, d *books.Document) (int, any, error) {
			return http.StatusNoContent, nil, c.books.DeleteOffer(d)
		}),
		queries: []string{"updated_or_created_since", "search", "contact_id", "status_id", "from_date", "to_date", "has_attachments", "sort"},
	}
}

func documentsOf(kind books.Kind) collection[*books.Document] {
	return collection[*books.Document]{
		items: func(c *call) []*books.Document {
			if contact := c.query.Get("contact_id"); contact != "" {
				return c.books.Shelf(kind).Of(contact)
			}
			return c.books.Shelf(kind).All()
		},
		date: func(d *books.Document) string { return d.Request.Date },
		view: viewDocument,
		keep: func(c *call) func(*books.Document) bool {
			search, status := strings.ToLower(c.query.Get("search")), c.query.Get("status_id")
			return func(d *books.Document) bool {
				return (status == "" || d.Status() == status) &&
					(search == "" || c.holds(search, d.Request.Reference, d.Name, d.ContactRef, d.Number))
			}
		},
	}
}

func viewDocument(c *call, d *books.Document) wire.Object {
	return wire.Document(d, c.query.Get("show_payments_allocations") == "true")
}

func createDocument(c *call, kind books.Kind) (int, any, error) {
	var r books.DocumentRequest
	if err := c.read(&r); err != nil {
		return 0, nil, err
	}
	d, err := c.books.CreateDocument(kind, r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, wire.Document(d, false), nil
}

// onDocument is a handler for one present document of a kind.
func onDocument(kind books.Kind, h func(*call, *books.Document) (int, any, error)) handler {
	return on(func(c *call) (*books.Document, bool) { return c.books.Shelf(kind).Get(c.id) }, h)
}

func getDocument(c *call, d *books.Document) (int, any, error) {
	if c.server.o.ReadingSends && c.query.Get("mark_as_sent") != "false" {
		d.Request.Sent = true // the caller holds the lock for writing
	}
	return http.StatusOK, viewDocument(c, d), nil
}

func changeDocument(c *call, d *books.Document) (int, any, error) {
	r := d.Request
	r.InvoiceLines, r.CreditNoteLines, r.EstimateLines, r.QuoteLines = nil, nil, nil, nil
	if err := c.read(&r); err != nil {
		return 0, nil, err
	}
	lines, err := c.changedLines(d)
	if err != nil {
		return 0, nil, err
	}
	if err := c.books.ChangeDocument(d, r, lines); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, wire.Document(d, false), nil
}

// changedLines reads the lines of a PUT, each laid over the line whose id it
// names.
func (c *call) changedLines(d *books.Document) ([]books.LineRequest, error) {
	var raw struct {
		Invoice    []json.RawMessage `json:"invoice_lines"`
		CreditNote []json.RawMessage `json:"credit_note_lines"`
		Estimate   []json.RawMessage `json:"estimate_lines"`
		Quote      []json.RawMessage `json:"quote_lines"`
	}
	if err := c.read(&raw); err != nil {
		return nil, err
	}
	var out []books.LineRequest
	for _, text := range slices.Concat(raw.Invoice, raw.CreditNote, raw.Estimate, raw.Quote) {
		line, err := overLine(d, text)
		if err != nil {
			return nil, err
		}
		out = append(out, line)
	}
	return out, nil
}

func overLine(d *books.Document, text []byte) (books.LineRequest, error) {
	var named struct{ ID string }
	var line books.LineRequest
	if err := json.Unmarshal(text, &named); err != nil {
		return line, err
	}
	found := named.ID == ""
	for _, l := range d.Lines {
		if l.ID == named.ID {
			line, found = l.LineRequest.Clone(), true
		}
	}
	if !found {
		return line, books.Missing("line_items.id")
	}
	return line, json.Unmarshal(text, &line)
}

// voidDocument takes the reason from the query, as the Swagger file says, or
// from the body, as the guide does it.
func voidDocument(c *call, d *books.Document) (int, any, error) {
	reason := c.query.Get("void_reason")
	if reason == "" {
		reason = reasonIn(c.body)
	}
	if err := c.books.Void(d, reason); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, wire.Document(d, false), nil
}

// reasonIn finds void_reason in a body, bare or wrapped.
func reasonIn(body []byte) string {
	var given struct {
		Reason  string `json:"void_reason"`
		Invoice struct {
			Reason string `json:"void_reason"`
		} `json:"sales_invoice"`
		CreditNote struct {
			Reason string `json:"void_reason"`
		} `json:"sales_credit_note"`
	}
	if json.Unmarshal(body, &given) != nil {
		return ""
	}
	return given.Reason + given.Invoice.Reason + given.CreditNote.Reason
}

func releaseDocument(c *call, d *books.Document) (int, any, error) {
	if err := c.books.Release(d); err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, wire.Document(d, false), nil
}
