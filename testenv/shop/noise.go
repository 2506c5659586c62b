package shop

import (
	"context"
	"database/sql"
	"fmt"
)

// fillQuote writes the cart in the steps of a checkout: the cart, its lines,
// the addresses, the payment.
func (s *Shop) fillQuote(ctx context.Context, p *placement) (err error) {
	if s.options.Fast {
		return nil
	}
	now := s.now()
	p.quoteID, err = s.insert(ctx, s.db, "quote", row{
		"store_id": p.view.id, "created_at": now, "updated_at": now, "is_active": 1, "customer_is_guest": p.order.CustomerID == 0,
		"base_currency_code": baseCurrency, "quote_currency_code": p.view.currency, "customer_email": p.who.Email,
		"remote_ip": s.secret("ip"), "password_hash": s.secret("password"),
	})
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context, *sql.Tx, *placement) error{s.quoteItems, s.quoteAddresses, s.quotePayment} {
		if err := s.transaction(ctx, func(tx *sql.Tx) error { return step(ctx, tx, p) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shop) quoteItems(ctx context.Context, tx *sql.Tx, p *placement) error {
	ids := make([]int64, len(p.cart.lines))
	for i, l := range p.cart.lines {
		item := row{
			"quote_id": p.quoteID, "created_at": s.now(), "updated_at": s.now(), "product_id": l.product.ID, "store_id": p.view.id,
			"sku": s.soldSKU(l.product), "name": l.product.Name, "qty": amount(l.qty) * one, "product_type": l.product.Type,
		}
		if l.parent >= 0 {
			item["parent_item_id"] = ids[l.parent]
		}
		item.puts(map[string]pair{"price": l.price, "row_total": l.rowTotal, "tax_amount": l.tax})
		id, err := s.insert(ctx, tx, "quote_item", item)
		if err != nil {
			return err
		}
		ids[i] = id
	}
	return s.touchQuote(ctx, tx, p)
}

func (s *Shop) quoteAddresses(ctx context.Context, tx *sql.Tx, p *placement) error {
	for _, kind := range []string{"billing", "shipping"} {
		address := p.who.address()
		address["quote_id"], address["address_type"], address["email"] = p.quoteID, kind, p.who.Email
		address["created_at"], address["updated_at"] = s.now(), s.now()
		if _, err := s.insert(ctx, tx, "quote_address", address.put("grand_total", p.cart.grandTotal)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Shop) quotePayment(ctx context.Context, tx *sql.Tx, p *placement) error {
	_, err := s.insert(ctx, tx, "quote_payment", row{
		"quote_id": p.quoteID, "created_at": s.now(), "updated_at": s.now(), "method": p.order.Payment, "cc_cid_enc": s.secret("cid"),
	})
	return err
}

func (s *Shop) touchQuote(ctx context.Context, tx *sql.Tx, p *placement) error {
	totals := row{"items_count": len(p.cart.lines), "items_qty": amount(p.cart.itemCount()) * one, "updated_at": s.now()}
	return s.update(ctx, tx, key{"quote", "entity_id", p.quoteID}, totals.put("grand_total", p.cart.grandTotal))
}

func (s *Shop) closeQuote(ctx context.Context, p *placement) error {
	if p.quoteID == 0 {
		return nil
	}
	return s.update(ctx, s.db, key{"quote", "entity_id", p.quoteID}, row{
		"is_active": 0, "reserved_order_id": p.increment, "updated_at": s.now(),
	})
}

// announce writes the queue's message about the new order.
func (s *Shop) announce(ctx context.Context, p *placement) error {
	return s.message(ctx, "inventory.reservations.update", p.increment)
}

func (s *Shop) message(ctx context.Context, topic, about string) error {
	if s.options.Fast {
		return nil
	}
	_, err := s.insert(ctx, s.db, "queue_message", row{"topic_name": topic, "body": s.secret(about)})
	return err
}

func (s *Shop) reserve(ctx context.Context, p *placement) error {
	return s.reservations(ctx, p, -1, "order_placed")
}

func (s *Shop) unreserve(ctx context.Context, p *placement) error {
	return s.reservations(ctx, p, 1, "order_place_failed")
}

// reservations is one transaction with a row for each SKU that is shipped.
func (s *Shop) reservations(ctx context.Context, p *placement, sign int64, event string) error {
	return s.transaction(ctx, func(tx *sql.Tx) error {
		for _, l := range p.cart.lines {
			if !l.ships() {
				continue
			}
			if err := s.reservation(ctx, tx, l.product.SKU, moved{sign * l.qty, event, p.increment}); err != nil {
				return err
			}
		}
		return nil
	})
}

// moved is how many, why, and for which order.
type moved struct {
	qty       int64
	event     string
	increment string
}

func (s *Shop) reservation(ctx context.Context, w writer, sku string, m moved) error {
	_, err := s.insert(ctx, w, "inventory_reservation", row{
		"stock_id": 1, "sku": sku, "quantity": amount(m.qty) * one,
		"metadata": fmt.Sprintf(`{"event_type":%q,"object_type":"order","object_id":"","object_increment_id":%q}`, m.event, m.increment),
	})
	return err
}

// indexers whose state rows cron rewrites every minute.
var indexers = []string{"catalog_product_price", "catalogrule_rule", "cataloginventory_stock", "inventory"}

func (s *Shop) seedIndexers(ctx context.Context) error {
	for _, name := range indexers {
		if _, err := s.insert(ctx, s.db, "indexer_state", row{"indexer_id": name, "status": "valid", "updated": s.now(), "hash_config": ""}); err != nil {
			return err
		}
		if _, err := s.insert(ctx, s.db, "mview_state", row{"view_id": name, "mode": "enabled", "status": "idle", "updated": s.now(), "version_id": 0}); err != nil {
			return err
		}
	}
	return nil
}

// Cron is one minute of an idle shop: nothing that an accountant would miss.
func (s *Shop) Cron(ctx context.Context) error {
	for i, name := range indexers {
		id, err := s.insert(ctx, s.db, "cron_schedule", row{
			"job_code": "indexer_update_all_views", "status": "pending", "created_at": s.now(), "scheduled_at": s.now(),
		})
		if err != nil {
			return fmt.Errorf("cron: %w", err)
		}
		if err := s.update(ctx, s.db, key{"cron_schedule", "schedule_id", id}, row{"status": "success", "executed_at": s.now(), "finished_at": s.now()}); err != nil {
			return fmt.Errorf("cron: %w", err)
		}
		if err := s.update(ctx, s.db, key{"mview_state", "state_id", int64(i + 1)}, row{"version_id": id, "view_id": name, "updated": s.now()}); err != nil {
			return fmt.Errorf("cron: %w", err)
		}
	}
	if _, err := s.db.ExecContext(ctx, "delete from "+s.table("cron_schedule")+" where status='success' limit 3"); err != nil {
		return fmt.Errorf("cron: %w", err)
	}
	return nil
}
