package simulator

import (
	"net/http"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/wire"
)

var payments = collection[*books.Payment]{
	items: func(c *call) []*books.Payment {
		if contact := c.query.Get("contact_id"); contact != "" {
			return c.books.Payments.Of(contact)
		}
		return c.books.Payments.All()
	},
	date: func(p *books.Payment) string { return p.Date },
	view: viewPayment,
	keep: func(c *call) func(*books.Payment) bool {
		bank, kind := c.query.Get("bank_account_id"), c.query.Get("transaction_type_id")
		return func(p *books.Payment) bool { return (bank == "" || p.Bank == bank) && (kind == "" || p.Type == kind) }
	},
}

func viewPayment(c *call, p *books.Payment) wire.Object {
	contact, _ := c.books.Contacts.Get(p.ContactID) // a contact with payments cannot be deleted
	return wire.Payment(p, contact, c.books.Base)
}

func createPayment(c *call) (int, any, error) {
	var r books.PaymentRequest
	if err := c.read(&r); err != nil {
		return 0, nil, err
	}
	p, err := c.books.CreatePayment(r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, viewPayment(c, p), nil
}

func getPayment(c *call) (int, any, error) {
	p, ok := seen(c, c.books.Payments)
	if !ok {
		return 0, nil, books.Missing("")
	}
	return http.StatusOK, viewPayment(c, p), nil
}

// changePayment knows one change: what the payment is allocated to.
func changePayment(c *call) (int, any, error) {
	p, ok := c.books.Payments.Get(c.id)
	if !ok {
		return 0, nil, books.Missing("")
	}
	var r struct {
		Allocations []books.AllocationRequest `json:"allocated_artefacts"`
	}
	if err := c.read(&r); err != nil {
		return 0, nil, err
	}
	if r.Allocations == nil {
		return 0, nil, books.Invalid("base", "Only allocated_artefacts of a payment can be changed.")
	}
	if err := c.books.Reallocate(p, r.Allocations); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, viewPayment(c, p), nil
}

func deletePayment(c *call) (int, any, error) {
	p, ok := c.books.Payments.Get(c.id)
	if !ok {
		return 0, nil, books.Missing("")
	}
	return http.StatusNoContent, nil, c.books.DeletePayment(p)
}

var allocations = collection[*books.Allocation]{
	items: func(c *call) []*books.Allocation { return c.books.Allocations.All() },
	date:  func(a *books.Allocation) string { return a.Date },
	view:  viewAllocation,
}

func viewAllocation(c *call, a *books.Allocation) wire.Object {
	contact, _ := c.books.Contacts.Get(a.ContactID)
	return wire.Allocation(a, contact)
}

func createAllocation(c *call) (int, any, error) {
	var r books.ContactAllocationRequest
	if err := c.read(&r); err != nil {
		return 0, nil, err
	}
	a, err := c.books.CreateAllocation(r)
	if err != nil {
		return 0, nil, err
	}
	return http.StatusCreated, viewAllocation(c, a), nil
}

func getAllocation(c *call) (int, any, error) {
	a, ok := seen(c, c.books.Allocations)
	if !ok {
		return 0, nil, books.Missing("")
	}
	return http.StatusOK, viewAllocation(c, a), nil
}

func deleteAllocation(c *call) (int, any, error) {
	a, ok := c.books.Allocations.Get(c.id)
	if !ok {
		return 0, nil, books.Missing("")
	}
	return http.StatusNoContent, nil, c.books.DeleteAllocation(a)
}

func listUnallocated(c *call) (int, any, error) {
	open := c.books.Unallocated(c.query.Get("contact_id"))
	return page(c, len(open), func(i int) wire.Object { return wire.Unallocated(open[i]) })
}
