package shop

import (
	"context"
	"database/sql"
	"fmt"
)

// An Order is what a customer sends at the checkout.
type Order struct {
	// Store is the code of the store view, "default" (GBP) or "eu" (EUR);
	// empty is default.
	Store string
	// CustomerID is a customer's entity_id; 0 is a guest.
	CustomerID int64
	// Person is whom the order names; zero is the customer's own data, or for
	// a guest somebody drawn from the seed.
	Person Person
	Lines  []Line
	// Coupon takes 10 % off the lines and the shipping.
	Coupon bool
	// Payment is the method's code; empty is checkmo. braintree is the one
	// online method: it authorises at the checkout.
	Payment string
	// Capture takes the money at the checkout: the invoice is made within the
	// order's transaction. Online methods only.
	Capture bool
}

// A Line is a product and how many of it.
type Line struct {
	SKU string
	Qty int64
}

const onlineMethod = "braintree"

// A placement is an order on its way into the database.
type placement struct {
	order     Order
	view      store
	who       Person
	cart      *cart
	quoteID   int64
	increment string
	id        int64
	itemIDs   []int64
}

// PlaceOrder writes an order as the checkout does and returns its entity_id.
// The number, the reservation, the order, each tax row and the flags that follow
// are transactions of their own, in this order.
func (s *Shop) PlaceOrder(ctx context.Context, order Order) (int64, error) {
	p, err := s.prepare(ctx, order)
	if err != nil {
		return 0, fmt.Errorf("place order: %w", err)
	}
	steps := []func(context.Context, *placement) error{
		s.fillQuote, s.takeNumber, s.reserve, s.announce, s.writeOrder, s.writeTaxes, s.markSent, s.closeQuote,
	}
	for _, step := range steps {
		if err := step(ctx, p); err != nil {
			return 0, fmt.Errorf("place order: %w", err)
		}
	}
	return p.id, nil
}

// DeclineOrder goes as far as a declined payment lets it: a number is burnt and
// the reservation is taken back; no order is written.
func (s *Shop) DeclineOrder(ctx context.Context, order Order) error {
	p, err := s.prepare(ctx, order)
	if err != nil {
		return fmt.Errorf("decline order: %w", err)
	}
	steps := []func(context.Context, *placement) error{s.fillQuote, s.takeNumber, s.reserve, s.unreserve}
	for _, step := range steps {
		if err := step(ctx, p); err != nil {
			return fmt.Errorf("decline order: %w", err)
		}
	}
	return nil
}

func (s *Shop) prepare(ctx context.Context, order Order) (*placement, error) {
	view, err := storeNamed(order.Store)
	if err != nil {
		return nil, err
	}
	if order.Payment == "" {
		order.Payment = "checkmo"
	}
	c, err := s.newCart(view, order)
	if err != nil {
		return nil, err
	}
	p := &placement{order: order, view: view, who: order.Person, cart: c}
	if p.who == (Person{}) && order.CustomerID != 0 {
		if p.who, err = s.customerPerson(ctx, order.CustomerID); err != nil {
			return nil, err
		}
	}
	if p.who == (Person{}) {
		p.who = s.person(view)
	}
	return p, nil
}

func (s *Shop) takeNumber(ctx context.Context, p *placement) (err error) {
	p.increment, err = s.number(ctx, s.db, "order", p.view)
	return err
}

// number takes the store view's next number of that kind. In a transaction of
// its own it stays taken when what it was for fails.
func (s *Shop) number(ctx context.Context, w writer, kind string, view store) (string, error) {
	n, err := s.insert(ctx, w, fmt.Sprintf("sequence_%s_%d", kind, view.id), row{"sequence_value": nil})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s%09d", view.prefix, n), nil
}

// writeOrder is the order's own transaction: header, items, payment, addresses,
// the header once more with the addresses' ids, the grid.
func (s *Shop) writeOrder(ctx context.Context, p *placement) error {
	return s.transaction(ctx, func(tx *sql.Tx) (err error) {
		if p.id, err = s.insert(ctx, tx, "sales_order", s.orderRow(p)); err != nil {
			return err
		}
		if err := s.writeItems(ctx, tx, p); err != nil {
			return err
		}
		invoice, err := s.writePayment(ctx, tx, p)
		if err != nil {
			return err
		}
		billing, shipping, err := s.writeAddresses(ctx, tx, p)
		if err != nil {
			return err
		}
		addresses := row{"billing_address_id": billing, "shipping_address_id": shipping}
		if err := s.update(ctx, tx, key{"sales_order", "entity_id", p.id}, addresses); err != nil {
			return err
		}
		if invoice != 0 {
			if err := s.update(ctx, tx, key{"sales_invoice", "entity_id", invoice}, addresses); err != nil {
				return err
			}
		}
		return s.refreshOrderGrid(ctx, tx, p.id)
	})
}

func (s *Shop) writeItems(ctx context.Context, tx *sql.Tx, p *placement) error {
	p.itemIDs = make([]int64, len(p.cart.lines))
	for i, l := range p.cart.lines {
		item := s.itemRow(p, l)
		if l.parent >= 0 {
			item["parent_item_id"] = p.itemIDs[l.parent]
		}
		id, err := s.insert(ctx, tx, "sales_order_item", item)
		if err != nil {
			return err
		}
		p.itemIDs[i] = id
	}
	return nil
}

// writePayment writes the payment; an online method authorises or captures. It
// returns the invoice that a capture made, or 0.
func (s *Shop) writePayment(ctx context.Context, tx *sql.Tx, p *placement) (int64, error) {
	payment, err := s.insert(ctx, tx, "sales_order_payment", s.paymentRow(p))
	if err != nil || p.order.Payment != onlineMethod {
		return 0, err
	}
	if p.order.Capture {
		invoice, err := s.writeInvoice(ctx, tx, p.id, Invoice{})
		return invoice, err
	}
	if err := s.comment(ctx, tx, p.id, "Authorized amount."); err != nil {
		return 0, err
	}
	authorization := s.secretless("auth", p.id)
	_, err = s.insert(ctx, tx, "sales_payment_transaction", row{
		"order_id": p.id, "payment_id": payment, "txn_id": authorization, "txn_type": "authorization",
		"is_closed": 0, "additional_information": s.secret("gateway"), "created_at": s.now(),
	})
	if err != nil {
		return 0, err
	}
	return 0, s.update(ctx, tx, key{"sales_order_payment", "entity_id", payment}, row{
		"last_trans_id": authorization, "amount_authorized": p.cart.grandTotal[inOrder], "base_amount_authorized": p.cart.grandTotal[inBase],
	})
}

// secretless is a gateway's public id for something of the order.
func (s *Shop) secretless(what string, order int64) string {
	return fmt.Sprintf("%s-%d-%06x", what, order, s.intn(1<<24))
}

func (s *Shop) writeAddresses(ctx context.Context, tx *sql.Tx, p *placement) (billing, shipping any, err error) {
	write := func(kind string) (int64, error) {
		address := p.who.address()
		address["parent_id"], address["address_type"], address["email"] = p.id, kind, p.who.Email
		if p.order.CustomerID != 0 {
			address["customer_id"] = p.order.CustomerID
		}
		return s.insert(ctx, tx, "sales_order_address", address)
	}
	if billing, err = write("billing"); err != nil || p.cart.virtual() {
		return billing, nil, err
	}
	shipping, err = write("shipping")
	return billing, shipping, err
}

// writeTaxes writes the order's tax rows after its transaction: one row per
// rate, then one per taxed line and for the shipping, each by itself.
func (s *Shop) writeTaxes(ctx context.Context, p *placement) error {
	for _, charged := range p.cart.taxes() {
		id, err := s.insert(ctx, s.db, "sales_order_tax", charged.header(p.id))
		if err != nil {
			return err
		}
		for _, applied := range charged.lines {
			item := row{
				"tax_id": id, "tax_percent": charged.percent, "taxable_item_type": "shipping",
				"amount": applied.tax[inOrder], "base_amount": applied.tax[inBase],
				"real_amount": applied.tax[inOrder], "real_base_amount": applied.tax[inBase],
			}
			if applied.line >= 0 {
				item["item_id"], item["taxable_item_type"] = p.itemIDs[applied.line], "product"
			}
			if _, err := s.insert(ctx, s.db, "sales_order_tax_item", item); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Shop) markSent(ctx context.Context, p *placement) error {
	return s.update(ctx, s.db, key{"sales_order", "entity_id", p.id}, row{"email_sent": 1, "send_email": 1, "updated_at": s.now()})
}

func (s *Shop) comment(ctx context.Context, tx *sql.Tx, order int64, text string) error {
	_, err := s.insert(ctx, tx, "sales_order_status_history", row{
		"parent_id": order, "comment": text, "status": "processing", "entity_name": "order", "created_at": s.now(),
	})
	return err
}
