package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/mage2sage/mage2sage/testenv/shop"
)

// business fills the log: a shop's own business, and then orders that are shipped by the
// hundred, until there are enough records.
func (w *world) business(ctx context.Context, p plan) error {
	say("writing the log")
	if err := w.shop.Run(ctx, shop.Plan{Orders: p.orders, CreditMemos: p.orders / 5, CustomerEdits: p.orders / 10, Workers: 2}, nil); err != nil {
		return err
	}
	items, err := count(ctx, w.shop.DB(), "sales_order_item")
	if err != nil {
		return err
	}
	orders, err := count(ctx, w.shop.DB(), "sales_order")
	if err != nil {
		return err
	}
	const together = 100
	for written, round := int64(0), 0; written < int64(p.records); round++ {
		for from := int64(0); from < orders; from += together {
			if err := w.ship(ctx, from, from+together, round); err != nil {
				return err
			}
		}
		written += items + orders
	}
	return nil
}

// ship writes a quantity to orders and their items, in one transaction.
func (w *world) ship(ctx context.Context, from, to int64, round int) error {
	tx, err := w.shop.DB().BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, statement := range []string{
		"UPDATE sales_order SET status = ? WHERE entity_id > ? AND entity_id <= ?",
		"UPDATE sales_order_item SET name = ? WHERE order_id > ? AND order_id <= ?",
	} {
		if _, err := tx.ExecContext(ctx, statement, fmt.Sprintf("round %d", round), from, to); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// mark gives an order a state that nothing had before, and returns it.
func (w *world) mark(ctx context.Context) (string, error) {
	mark := fmt.Sprintf("M%x", rand.Uint64())
	if n, err := count(ctx, w.shop.DB(), "sales_order"); err != nil || n == 0 {
		if err := w.shop.Run(ctx, shop.Plan{Orders: 5}, nil); err != nil {
			return "", err
		}
	}
	_, err := w.shop.DB().ExecContext(ctx, "UPDATE sales_order SET state = ? WHERE entity_id = 1", mark)
	return mark, err
}

// grow clones order items and addresses, past the log, until the tables have so many rows.
func (w *world) grow(ctx context.Context, rows int) error {
	say("cloning rows")
	conn, err := w.shop.DB().Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ExecContext(ctx, "SET SESSION sql_log_bin = 0"); err != nil {
		return err
	}
	defer conn.ExecContext(context.WithoutCancel(ctx), "SET SESSION sql_log_bin = 1")
	for table, key := range map[string]string{"sales_order_item": "item_id", "sales_order_address": "entity_id"} {
		var columns string
		if err := conn.QueryRowContext(ctx, "SELECT GROUP_CONCAT(CONCAT('`', COLUMN_NAME, '`')) FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND COLUMN_NAME <> ?",
			w.database, table, key).Scan(&columns); err != nil {
			return err
		}
		for {
			n, err := count(ctx, w.shop.DB(), table)
			if err != nil {
				return err
			}
			left := int64(rows)/2 - n
			if left <= 0 {
				break
			}
			if _, err := conn.ExecContext(ctx, fmt.Sprintf("INSERT INTO %s (%s) SELECT %s FROM %s LIMIT %d", table, columns, columns, table, left)); err != nil {
				return err
			}
		}
	}
	return nil
}

// latency writes at a steady rate, a transaction for each order in turn, and measures from
// when each was sent to when a consumer has it.
func (w *world) latency(ctx context.Context, s *subject, rate int, length time.Duration) (all []time.Duration, err error) {
	orders, err := w.orders(ctx)
	if err != nil {
		return nil, err
	}
	run, n := fmt.Sprintf("L%x-", rand.Uint32()), rate*int(length.Seconds())
	var mu sync.Mutex
	sent := make([]time.Time, n)
	g, ctx := errgroup.WithContext(ctx)
	ctx, done := context.WithTimeout(ctx, length+time.Minute)
	defer done()
	g.Go(func() error {
		err := w.consume(ctx, s, true, func(state []byte) error {
			number, of := strings.CutPrefix(string(state), run)
			var i int
			if _, err := fmt.Sscan(number, &i); !of || err != nil {
				return nil
			}
			mu.Lock()
			all = append(all, time.Since(sent[i]))
			mu.Unlock()
			if len(all) == n {
				return errArrived
			}
			return nil
		})
		if errors.Is(err, errArrived) {
			return nil
		}
		return err
	})
	time.Sleep(300 * time.Millisecond) // the consumer stands at the end
	began := time.Now()
	const writers = 8
	for writer := range writers {
		g.Go(func() error {
			for i := writer; i < n; i += writers {
				time.Sleep(time.Until(began.Add(time.Duration(i) * time.Second / time.Duration(rate))))
				mu.Lock()
				sent[i] = time.Now()
				mu.Unlock()
				if _, err := w.shop.DB().ExecContext(ctx, "UPDATE sales_order SET state = ? WHERE entity_id = ?", fmt.Sprintf("%s%d", run, i), orders[i%len(orders)]); err != nil {
					return err
				}
			}
			return nil
		})
	}
	err = g.Wait()
	return all, err
}

// orders are the ids of all.
func (w *world) orders(ctx context.Context) (ids []int64, err error) {
	rows, err := w.shop.DB().QueryContext(ctx, "SELECT entity_id FROM sales_order")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	return ids, rows.Err()
}
