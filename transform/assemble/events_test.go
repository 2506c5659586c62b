package assemble

import (
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

func TestEventsSayWhatHappenedSinceThePreviousEmission(t *testing.T) {
	invoice := func(state string) canonical.Entity {
		return &canonical.Invoice{Document: canonical.Document{Heading: canonical.Heading{State: state}}}
	}
	memo := func(state string) canonical.Entity {
		return &canonical.CreditMemo{Document: canonical.Document{Heading: canonical.Heading{State: state}}}
	}
	order := func(state string) canonical.Entity {
		return &canonical.Order{Heading: canonical.Heading{State: state}}
	}
	payment := func(captures, refunds int, transactions ...canonical.Transaction) canonical.Entity {
		return &canonical.Payment{Captures: make([]canonical.Capture, captures), Refunds: make([]canonical.Refund, refunds), Transactions: transactions}
	}
	so := func(state string) Previous { return Previous{State: state} }
	gone := canonical.Envelope{Deleted: true}
	for name, c := range map[string]struct {
		entity canonical.Entity
		before Previous
		want   string
	}{
		"an invoice that nobody knows is created, even when paid": {invoice("paid"), Previous{}, "invoice.created"},
		"one that a snapshot brought":                             {invoice("paid"), Previous{Read: true}, "invoice.snapshot"},
		"one that it has read again":                              {invoice("paid"), Previous{State: "open", Read: true}, "invoice.paid"},
		"a deleted one that it brought back":                      {invoice("open"), Previous{State: "paid", Deleted: true, Read: true}, "invoice.snapshot"},
		"a customer whom it brought":                              {&canonical.Customer{}, Previous{Read: true}, "customer.snapshot"},
		"one that was deleted is created again":                   {invoice("open"), Previous{State: "paid", Deleted: true}, "invoice.created"},
		"one that is paid now":                                    {invoice("paid"), Previous{State: "open"}, "invoice.paid"},
		"one that stays paid is updated":                          {invoice("paid"), Previous{State: "paid"}, "invoice.updated"},
		"one that is cancelled now":                               {invoice("cancelled"), Previous{State: "paid"}, "invoice.cancelled"},
		"one that is open again is updated":                       {invoice("open"), Previous{State: "paid"}, "invoice.updated"},
		"one that is gone":                                        {&canonical.Invoice{Envelope: gone}, Previous{State: "paid"}, "invoice.deleted"},
		"an order that nobody knows is created":                   {order("complete"), Previous{}, "order.created"},
		"one that goes on is updated":                             {order("complete"), Previous{State: "processing"}, "order.updated"},
		"one that is cancelled":                                   {order("cancelled"), Previous{State: "new"}, "order.cancelled"},
		"one that stays cancelled is updated":                     {order("cancelled"), Previous{State: "cancelled"}, "order.updated"},
		"one of which all is refunded":                            {order("closed"), Previous{State: "complete"}, "order.refunded"},
		"one that stays refunded is updated":                      {order("closed"), Previous{State: "closed"}, "order.updated"},
		"an order without a state exists, too":                    {order(""), Previous{State: "unknown"}, "order.updated"},
		"an order that is gone":                                   {&canonical.Order{Envelope: gone}, Previous{State: "closed"}, "order.deleted"},
		"a payment that nobody knows is created, even when paid":  {payment(1, 0), Previous{}, "payment.created"},
		"one whose second invoice is captured":                    {payment(2, 0), so("captures:1 refunds:0 voids:0"), "payment.captured"},
		"one that is captured and refunded at once":               {payment(1, 1), so("captures:0 refunds:0 voids:0"), "payment.refunded"},
		"one whose second refund came":                            {payment(1, 2), so("captures:1 refunds:1 voids:0"), "payment.refunded"},
		"one that is voided":                                      {payment(0, 0, canonical.Transaction{Type: "void"}), so("captures:0 refunds:0 voids:0"), "payment.voided"},
		"one that is authorised is updated":                       {payment(0, 0, canonical.Transaction{Type: "authorization"}), so("captures:0 refunds:0 voids:0"), "payment.updated"},
		"one that has less than before is updated":                {payment(0, 0), so("captures:1 refunds:1 voids:1"), "payment.updated"},
		"one that was deleted exists again":                       {payment(1, 0), Previous{State: "captures:0 refunds:0 voids:0", Deleted: true}, "payment.created"},
		"a payment that is gone":                                  {&canonical.Payment{Envelope: gone}, so("captures:1 refunds:0 voids:0"), "payment.deleted"},
		"a credit memo that nobody knows":                         {memo("refunded"), Previous{}, "creditmemo.created"},
		"a credit memo whose state changes is updated":            {memo("cancelled"), Previous{State: "refunded"}, "creditmemo.updated"},
		"a credit memo that is gone":                              {&canonical.CreditMemo{Envelope: gone}, Previous{State: "open"}, "creditmemo.deleted"},
		"a company that nobody knows is created":                  {&canonical.Company{Status: "blocked"}, Previous{}, "company.created"},
		"one that is blocked now is updated":                      {&canonical.Company{Status: "blocked"}, Previous{State: "approved"}, "company.updated"},
		"a company that is gone":                                  {&canonical.Company{Envelope: gone}, Previous{State: "approved"}, "company.deleted"},
		"an estimate that nobody knows is created":                {&canonical.Estimate{Status: "ordered"}, Previous{}, "estimate.created"},
		"one that is negotiated is updated":                       {&canonical.Estimate{Status: "submitted_by_admin"}, Previous{State: "created"}, "estimate.updated"},
		"one that is ordered now":                                 {&canonical.Estimate{Status: "ordered"}, Previous{State: "submitted_by_admin"}, "estimate.ordered"},
		"one that stays ordered is updated":                       {&canonical.Estimate{Status: "ordered"}, Previous{State: "ordered"}, "estimate.updated"},
		"one whose days are over":                                 {&canonical.Estimate{Status: "expired"}, Previous{State: "created"}, "estimate.expired"},
		"one that the seller does not want":                       {&canonical.Estimate{Status: "declined"}, Previous{State: "created"}, "estimate.declined"},
		"one that the buyer wants no more":                        {&canonical.Estimate{Status: "closed"}, Previous{State: "declined"}, "estimate.closed"},
		"an estimate without a status exists, too":                {&canonical.Estimate{}, Previous{State: "unknown"}, "estimate.updated"},
		"an estimate that is gone":                                {&canonical.Estimate{Envelope: gone}, Previous{State: "ordered"}, "estimate.deleted"},
		"a customer is upserted at first":                         {&canonical.Customer{}, Previous{}, "customer.upserted"},
		"and later too":                                           {&canonical.Customer{}, Previous{State: "known"}, "customer.upserted"},
		"a product that nobody knows is created":                  {&canonical.Product{}, Previous{}, "product.created"},
		"one that was deleted and is there again":                 {&canonical.Product{}, Previous{State: "enabled", Deleted: true}, "product.created"},
		"one that is known is updated":                            {&canonical.Product{}, Previous{State: "unknown"}, "product.updated"},
		"a product that is gone":                                  {&canonical.Product{Envelope: gone}, Previous{State: "enabled"}, "product.deleted"},
		"stock is changed at first":                               {&canonical.Stock{}, Previous{}, "stock.changed"},
		"and later too, as every time":                            {&canonical.Stock{}, Previous{State: "known"}, "stock.changed"},
		"stock of which nothing is left":                          {&canonical.Stock{Envelope: gone}, Previous{State: "known"}, "stock.deleted"},
		"a customer who is gone":                                  {&canonical.Customer{Envelope: gone}, Previous{State: "known"}, "customer.deleted"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Summarize(c.entity, c.before)
			if err != nil {
				t.Fatal(err)
			}
			if s.Event != c.want {
				t.Errorf("event %s, want %s", s.Event, c.want)
			}
		})
	}
}

func TestWhatDoesNotFootIsSaidOfDocumentsThatExist(t *testing.T) {
	off := canonical.Document{Heading: canonical.Heading{State: "open"}, Sums: canonical.Sums{Balance: canonical.Balance{OK: false}}}
	even := canonical.Document{Heading: canonical.Heading{State: "open"}, Sums: canonical.Sums{Balance: canonical.Balance{OK: true}}}
	for name, c := range map[string]struct {
		entity canonical.Entity
		want   bool
	}{
		"an invoice that does not":    {&canonical.Invoice{Document: off}, false},
		"an invoice that does":        {&canonical.Invoice{Document: even}, true},
		"a credit memo that does not": {&canonical.CreditMemo{Document: off}, false},
		"a credit memo that does":     {&canonical.CreditMemo{Document: even}, true},
		"an estimate that does not":   {&canonical.Estimate{Sums: off.Sums}, false},
		"an estimate that does":       {&canonical.Estimate{Sums: even.Sums}, true},
		"a product has no totals":     {&canonical.Product{}, true},
		"a customer has no totals":    {&canonical.Customer{}, true},
		"a deleted invoice has none":  {&canonical.Invoice{Envelope: canonical.Envelope{Deleted: true}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Summarize(c.entity, Previous{State: "open"})
			if err != nil || s.Foots != c.want {
				t.Errorf("foots: %v (%v), want %v", s.Foots, err, c.want)
			}
		})
	}
}
