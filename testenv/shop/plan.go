package shop

import "math/rand/v2"

// A Plan is how much business to do, and of what kind. Percentages are of the
// orders; the counts of what follows an order are upper bounds: each needs an
// order that allows it.
type Plan struct {
	Orders int
	// EuroPercent of the orders go to the European store view, GuestPercent to
	// guests, CouponPercent use the coupon, OnlinePercent pay online.
	EuroPercent, GuestPercent, CouponPercent, OnlinePercent int
	// UninvoicedPercent of the orders stay without an invoice, PartialPercent
	// get two, OpenPercent of the online ones get one that is not captured.
	UninvoicedPercent, PartialPercent, OpenPercent int
	// CreditMemos are whole, partial, with a fee and adjustment alone, in turn.
	CreditMemos int
	// Captures and Voids settle open invoices.
	Captures, Voids int
	Cancels         int
	// Declines are checkouts that fail at the payment.
	Declines                                     int
	CustomerEdits, AddressEdits, CustomerDeletes int
	OrderAddressEdits                            int
	// Crons are idle minutes of noise.
	Crons int
	// PerSecond bounds the steps per second; 0 does not.
	PerSecond float64
	// Workers place orders at the same time; 0 is one. With more than one the
	// order of the documents is not repeatable.
	Workers int
}

// DefaultPlan is a mixed day of n orders.
func DefaultPlan(n int) Plan {
	return Plan{
		Orders: n, EuroPercent: 30, GuestPercent: 40, CouponPercent: 20, OnlinePercent: 40,
		UninvoicedPercent: 10, PartialPercent: 15, OpenPercent: 20,
		CreditMemos: n / 5, Captures: n / 20, Voids: n / 50, Cancels: n / 25, Declines: n / 25,
		CustomerEdits: n / 10, AddressEdits: n / 10, OrderAddressEdits: n / 25, Crons: n / 10,
	}
}

// A step is one operation of a run.
type step func(*run) error

// steps spreads what follows among the orders, after the first quarter of them.
func (p Plan) steps(random *rand.Rand) []step {
	after := make([][]step, p.Orders+1)
	scatter := func(n int, what step) {
		for range n {
			at := p.Orders/4 + random.IntN(p.Orders-p.Orders/4+1)
			after[at] = append(after[at], what)
		}
	}
	scatter(p.CreditMemos, (*run).creditMemo)
	scatter(p.Captures, (*run).capture)
	scatter(p.Voids, (*run).void)
	scatter(p.Cancels, (*run).cancel)
	scatter(p.Declines, (*run).decline)
	scatter(p.CustomerEdits, (*run).editCustomer)
	scatter(p.AddressEdits, (*run).editAddress)
	scatter(p.CustomerDeletes, (*run).deleteCustomer)
	scatter(p.OrderAddressEdits, (*run).editOrderAddress)
	scatter(p.Crons, (*run).cron)
	var steps []step
	for i, following := range after {
		if i > 0 {
			steps = append(steps, (*run).order)
		}
		steps = append(steps, following...)
	}
	return steps
}
