package sage

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

// Lists are what a business has of all that the sink makes, whole.
type Lists struct {
	Contacts    []resource.Contact
	Invoices    []resource.Document
	CreditNotes []resource.Document
	Payments    []resource.Payment // receipts and refunds
	Allocations []resource.ContactAllocation
}

// Progress is told of each page: of which list, and how much of it was read.
type Progress func(list string, read, total int)

// Lists reads all lists of the business. It returns an error rather than a list that is not
// whole: whoever takes what is not in it for missing would make it twice.
func (c *Client) Lists(ctx context.Context, progress Progress) (Lists, error) {
	return c.ChangedSince(ctx, time.Time{}, progress)
}

// ChangedSince reads of all lists of the business what was made or changed at a time or later, and
// all of them for the zero time.
func (c *Client) ChangedSince(ctx context.Context, since time.Time, progress Progress) (l Lists, err error) {
	query := func(more url.Values) url.Values {
		if !since.IsZero() {
			more.Set("updated_or_created_since", since.UTC().Format(time.RFC3339))
		}
		return more
	}
	if l.Contacts, err = contacts.whole(ctx, c, query(url.Values{}), progress, func(*resource.Contact) {}); err != nil {
		return l, err
	}
	if l.Invoices, err = invoices.whole(ctx, c, query(url.Values{}), progress, slimDocument); err != nil {
		return l, err
	}
	if l.CreditNotes, err = creditNotes.whole(ctx, c, query(url.Values{}), progress, slimDocument); err != nil {
		return l, err
	}
	for _, kind := range []string{resource.CustomerReceipt, resource.CustomerRefund} {
		some, err := payments.whole(ctx, c, query(url.Values{"transaction_type_id": {kind}}), progress, slimPayment)
		if err != nil {
			return l, err
		}
		l.Payments = append(l.Payments, some...)
	}
	l.Allocations, err = allocations.whole(ctx, c, query(url.Values{}), progress, func(*resource.ContactAllocation) {})
	return l, err
}

func slimDocument(d *resource.Document) {
	d.Content = d.Content.Only("contact", "currency", "date", "reference")
}

func slimPayment(p *resource.Payment) {
	p.Content = p.Content.Only("contact", "bank_account", "currency", "date", "reference", "total_amount", "allocated_artefacts")
}

// readings is how often a list is read that changes while it is read: what somebody takes out of
// it moves what comes after it to a page that was read already.
const readings = 3

// whole reads a list until its $total stays what it was from the first page to the last.
func (c collection[T]) whole(ctx context.Context, client *Client, query url.Values, progress Progress, slim func(*T)) (all []T, err error) {
	query.Set("attributes", "all")
	query.Set("items_per_page", "200")
	name := strings.ReplaceAll(c.plural, "_", " ")
	for range readings {
		var total int
		all, total, err = readPages(ctx, client, "list "+name, c.plural+"?"+query.Encode(), func(read, total int) { progress(name, read, total) }, slim)
		if err != nil || len(all) == total && !repeated(all) {
			return all, err
		}
	}
	return nil, fmt.Errorf("list %s: somebody changed it each time that it was read: try again when less is done in Sage", name)
}

// readPages reads the pages of a list. total is what the last one says; it is -1 where another page
// said otherwise.
func readPages[T any](ctx context.Context, c *Client, op, path string, progress func(read, total int), slim func(*T)) (all []T, total int, err error) {
	total = -1
	for path != "" {
		var p page[T]
		if err := c.get(ctx, op, path, &p); err != nil {
			return nil, 0, err
		}
		if total >= 0 && total != p.Total {
			return all, -1, nil
		}
		total = p.Total
		for i := range p.Items {
			slim(&p.Items[i])
		}
		all = append(all, p.Items...)
		progress(len(all), total)
		path = p.after(path, len(all))
	}
	return all, total, nil
}

// repeated reports whether something is in a list twice: then something else is not in it.
func repeated[T identified](all []T) bool {
	seen := map[string]bool{}
	for _, one := range all {
		if seen[one.ResourceID()] {
			return true
		}
		seen[one.ResourceID()] = true
	}
	return false
}
