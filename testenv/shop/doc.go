// Package shop is a Magento 2.4.8 shop without Magento: the real tables in a
// real database, and the business operations that write them as Magento does.
//
//	s, err := shop.Open(dsn, shop.Options{Seed: 1})
//	err = s.Install(ctx)                       // database, tables, stores, catalogue
//	order, err := s.PlaceOrder(ctx, shop.Order{Lines: []shop.Line{{SKU: "MUG", Qty: 2}}})
//	invoice, err := s.Invoice(ctx, order, shop.Invoice{})
//	memo, err := s.CreditMemo(ctx, order, shop.CreditMemo{Fee: "2.50"})
//	err = s.Run(ctx, shop.Plan{Orders: 50}, nil)  // or all of it, at random from the seed
//
// It keeps Magento's transactions apart as Magento does, because that is what a
// reader of the binlog has to live with: an order's number, its stock
// reservation, the order itself, each tax row and the flags that follow are
// transactions of their own; an invoice or a credit memo is one. Carts, grids,
// queues and cron write in between. Columns that must never leave the shop hold
// texts that begin with Secret.
//
// Money is computed in whole ten-thousandths by Magento's rules: taxes are
// rounded with the remainder carried to the next line of the same rate, a
// partial document takes its share and the last one the rest, and every
// document obeys
//
//	grand_total = Σ row_total + Σ weee_tax_applied_row_amount + discount_amount
//	            + shipping_amount + tax_amount + discount_tax_compensation_amount
//	            + shipping_discount_tax_compensation_amount | adjustment
//
// The package shares no code with the programs that it tests: a common mistake
// would not show. It knows no promotions but one coupon, one rate of exchange,
// and taxes by product class alone.
package shop
