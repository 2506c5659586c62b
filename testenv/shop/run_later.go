package shop

// creditMemo refunds a paid order, in turn all that is left, one unit with half
// the shipping, all less a fee, and an adjustment alone.
func (r *run) creditMemo() error {
	sold, sl, err := r.refundable()
	if sl == nil || err != nil {
		return err
	}
	r.mutex.Lock()
	r.memos++
	turn := r.memos % 4
	r.mutex.Unlock()
	request := CreditMemo{InvoiceID: sold.invoice}
	switch turn {
	case 1:
		request.Fee = "1.25"
	case 2:
		request.Qty, request.Shipping = oneUnit(sl), halfTheShipping(sl)
	case 3:
		request.Qty, request.Shipping, request.Refund = map[int64]int64{}, "0", "0.75"
	}
	if _, err := r.shop.CreditMemo(r.ctx, sold.order, request); err != nil {
		return err
	}
	r.made(0, 0, 1)
	if turn == 2 { // the others leave nothing, or less than the goods are worth
		add(r, &r.paid, bought{order: sold.order})
	}
	return nil
}

// refundable takes a paid order of which something is left; without one the
// sale is nil.
func (r *run) refundable() (bought, *sale, error) {
	for {
		sold, found := take(r, &r.paid)
		if !found {
			return bought{}, nil, nil
		}
		sl, err := r.shop.sale(r.ctx, r.shop.db, sold.order)
		if err != nil || sl.header.text("state") != "closed" {
			return sold, sl, err
		}
	}
}

func halfTheShipping(sl *sale) string {
	left := sl.header.pair("shipping_invoiced").minus(sl.header.pair("shipping_refunded"))
	return (left[inBase] / 2).cents().String()
}

// oneUnit asks for one of the first top-level item that is invoiced and not refunded.
func oneUnit(sl *sale) map[int64]int64 {
	for _, it := range sl.items {
		if it.parent == 0 && it.int("qty_invoiced") > it.int("qty_refunded") {
			return map[int64]int64{it.id: 1}
		}
	}
	return map[int64]int64{}
}

func (r *run) capture() error {
	invoice, found := take(r, &r.open)
	if !found {
		return nil
	}
	return r.shop.Capture(r.ctx, invoice)
}

func (r *run) void() error {
	invoice, found := take(r, &r.open)
	if !found {
		return nil
	}
	return r.shop.VoidInvoice(r.ctx, invoice)
}

func (r *run) cancel() error {
	order, found := take(r, &r.new)
	if !found {
		return nil
	}
	return r.shop.CancelOrder(r.ctx, order)
}

func (r *run) decline() error {
	wanted, err := r.draw()
	if err != nil {
		return err
	}
	return r.shop.DeclineOrder(r.ctx, wanted)
}

func (r *run) editCustomer() error {
	customer, found := pick(r, &r.customers)
	if !found {
		return nil
	}
	who := r.shop.person(stores[0])
	return r.shop.EditCustomer(r.ctx, customer, who.FirstName, who.LastName)
}

func (r *run) editAddress() error {
	customer, found := pick(r, &r.customers)
	if !found {
		return nil
	}
	return r.shop.EditAddress(r.ctx, customer, r.shop.person(stores[0]))
}

func (r *run) deleteCustomer() error {
	customer, found := take(r, &r.customers)
	if !found {
		return nil
	}
	return r.shop.DeleteCustomer(r.ctx, customer)
}

func (r *run) editOrderAddress() error {
	order, found := pick(r, &r.orders)
	if !found {
		return nil
	}
	return r.shop.EditOrderAddress(r.ctx, order, r.shop.person(stores[0]))
}

func (r *run) cron() error {
	if r.shop.options.Fast {
		return nil
	}
	return r.shop.Cron(r.ctx)
}
