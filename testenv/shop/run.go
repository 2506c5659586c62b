package shop

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"

	"golang.org/x/sync/errgroup"
	"golang.org/x/time/rate"
)

// Progress is what a run has done so far.
type Progress struct {
	// Steps of StepsInAll are done; a step is one operation of the plan.
	Steps, StepsInAll             int
	Orders, Invoices, CreditMemos int
}

// Run does a plan's business in an order that the seed decides. With the same
// seed, an empty shop and one worker it does the same business again. It calls
// report, which may be nil, after each step, one call at a time.
func (s *Shop) Run(ctx context.Context, plan Plan, report func(Progress)) error {
	if plan.Mix == (Mix{}) {
		plan.Mix = DefaultMix
	}
	r := &run{shop: s, plan: plan}
	if err := s.db.QueryRowContext(ctx, "select count(*) from "+s.table("sales_order")).Scan(&r.before); err != nil {
		return fmt.Errorf("run shop: count orders: %w", err)
	}
	r.reseed()
	steps := plan.steps(r.random)
	r.progress.StepsInAll = len(steps)
	limiter := rate.NewLimiter(rate.Inf, 1)
	if plan.PerSecond > 0 {
		limiter.SetLimit(rate.Limit(plan.PerSecond))
	}
	var group *errgroup.Group
	group, r.ctx = errgroup.WithContext(ctx)
	group.SetLimit(max(1, plan.Workers))
	for _, step := range steps {
		if err := limiter.Wait(r.ctx); err != nil {
			break
		}
		group.Go(func() error {
			if err := step(r); err != nil {
				return err
			}
			r.stepDone(report)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return fmt.Errorf("run shop: %w", err)
	}
	return ctx.Err()
}

// A run remembers what it made, so that later steps find something to change.
type run struct {
	shop *Shop
	ctx  context.Context
	plan Plan

	mutex     sync.Mutex
	random    *rand.Rand
	customers []int64
	paid      []bought
	open      []int64 // invoices that are not captured
	new       []int64 // orders without an invoice
	orders    []int64
	memos     int
	before    uint64 // orders that were there
	progress  Progress
}

// reseed makes a run in a shop that did business before do other business: the
// same people must not register twice.
func (r *run) reseed() {
	seed := r.shop.options.Seed
	r.random = rand.New(rand.NewPCG(seed, r.before<<32|0x706c616e))
	r.shop.mutex.Lock()
	defer r.shop.mutex.Unlock()
	r.shop.random = rand.New(rand.NewPCG(seed, r.before<<32|0x6d616765))
}

func (r *run) stepDone(report func(Progress)) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.progress.Steps++
	if report != nil {
		report(r.progress)
	}
}

// made counts what a step made.
func (r *run) made(orders, invoices, creditMemos int) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.progress.Orders += orders
	r.progress.Invoices += invoices
	r.progress.CreditMemos += creditMemos
}

// bought is a paid order with its invoice, when that can be refunded online.
type bought struct{ order, invoice int64 }

func (r *run) intn(n int) int {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.random.IntN(n)
}

func (r *run) chance(percent int) bool { return r.intn(100) < percent }

// add remembers one thing, take gives a random one away, pick shows one.
func add[T any](r *run, list *[]T, thing T) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	*list = append(*list, thing)
}

func take[T any](r *run, list *[]T) (thing T, found bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if len(*list) == 0 {
		return thing, false
	}
	i := r.random.IntN(len(*list))
	thing = (*list)[i]
	*list = append((*list)[:i:i], (*list)[i+1:]...)
	return thing, true
}

func pick[T any](r *run, list *[]T) (thing T, found bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if len(*list) == 0 {
		return thing, false
	}
	return (*list)[r.random.IntN(len(*list))], true
}

// order places an order and does what usually follows.
func (r *run) order() error {
	wanted, err := r.draw()
	if err != nil {
		return err
	}
	id, err := r.shop.PlaceOrder(r.ctx, wanted)
	if err != nil {
		return err
	}
	add(r, &r.orders, id)
	r.made(1, 0, 0)
	if wanted.Capture {
		r.made(0, 1, 0)
		return nil
	}
	if r.chance(r.plan.Mix.Uninvoiced) {
		add(r, &r.new, id)
		return nil
	}
	return r.invoice(id, wanted.Payment == onlineMethod)
}

// draw decides who orders what and how it is paid.
func (r *run) draw() (Order, error) {
	wanted := Order{Coupon: r.chance(r.plan.Mix.Coupon), Payment: []string{"checkmo", "banktransfer"}[r.intn(2)]}
	if r.chance(r.plan.Mix.Euro) {
		wanted.Store = "eu"
	}
	if r.chance(r.plan.Mix.Online) {
		wanted.Payment, wanted.Capture = onlineMethod, r.chance(25)
	}
	goods := r.shop.sellable()
	for range 1 + r.intn(4) {
		wanted.Lines = append(wanted.Lines, Line{SKU: goods[r.intn(len(goods))].SKU, Qty: int64(1 + r.intn(3))})
	}
	if r.chance(r.plan.Mix.Guest) {
		return wanted, nil
	}
	if known, found := pick(r, &r.customers); found && r.chance(50) {
		wanted.CustomerID = known
		return wanted, nil
	}
	view, err := storeNamed(wanted.Store)
	if err != nil {
		return wanted, err
	}
	wanted.CustomerID, err = r.shop.CreateCustomer(r.ctx, r.shop.person(view))
	add(r, &r.customers, wanted.CustomerID)
	return wanted, err
}

// invoice invoices the order at once, in two parts, or without taking the money.
func (r *run) invoice(order int64, online bool) error {
	if online && r.chance(r.plan.Mix.Open) {
		invoice, err := r.invoiceNow(order, Invoice{Open: true})
		add(r, &r.open, invoice)
		return err
	}
	if r.chance(r.plan.Mix.Partial) {
		made, err := r.partial(order)
		if err != nil {
			return err
		}
		if made && r.chance(30) {
			add(r, &r.paid, bought{order: order})
			return nil
		}
	}
	invoice, err := r.invoiceNow(order, Invoice{})
	if err != nil {
		return err
	}
	paid := bought{order: order}
	if online {
		paid.invoice = invoice
	}
	add(r, &r.paid, paid)
	return nil
}

func (r *run) invoiceNow(order int64, request Invoice) (int64, error) {
	invoice, err := r.shop.Invoice(r.ctx, order, request)
	if err == nil {
		r.made(0, 1, 0)
	}
	return invoice, err
}

// partial invoices one of the items of which there is more than one, if any is.
func (r *run) partial(order int64) (made bool, err error) {
	sl, err := r.shop.sale(r.ctx, r.shop.db, order)
	if err != nil {
		return false, err
	}
	for _, it := range sl.items {
		if it.parent == 0 && it.ordered() > 1 {
			_, err := r.invoiceNow(order, Invoice{Qty: map[int64]int64{it.id: 1}})
			return err == nil, err
		}
	}
	return false, nil
}
