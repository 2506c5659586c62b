package shop

import "math/rand/v2"

// A Plan is how much business to do, and of what kind. The counts of what
// follows an order are upper bounds: each needs an order that allows it.
type Plan struct {
	Orders int
	// Mix is what the orders are like; the zero value is DefaultMix.
	Mix Mix
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

// A Mix is what the orders are like, in percent of them.
type Mix struct {
	// Euro orders go to the European store view, Guest orders have no customer,
	// Coupon orders a discount, Online orders are paid by the gateway.
	Euro, Guest, Coupon, Online int
	// Uninvoiced orders stay without an invoice, Partial ones get two, Open is
	// the part of the online ones whose invoice is not captured.
	Uninvoiced, Partial, Open int
}

// DefaultMix is a shop's ordinary day; every invoice is paid.
var DefaultMix = Mix{Euro: 30, Guest: 40, Coupon: 20, Online: 40, Uninvoiced: 5, Partial: 15}

// FullPlan has n orders and everything that the shop knows.
func FullPlan(n int) Plan {
	mix := DefaultMix
	mix.Uninvoiced, mix.Open = 10, 20
	return Plan{
		Orders: n, Mix: mix,
		CreditMemos: n / 5, Captures: n / 20, Voids: n / 50, Cancels: n / 25, Declines: n / 25,
		CustomerEdits: n / 10, AddressEdits: n / 10, CustomerDeletes: n / 50, OrderAddressEdits: n / 25, Crons: n / 10,
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
