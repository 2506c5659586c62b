package shop

import (
	"context"
	"fmt"
)

// A Document is an invoice or a credit memo as the shop's database has it.
type Document struct {
	// Entity is "invoice" or "creditmemo".
	Entity string
	ID     int64
	// Number is the increment_id; Order is the order's entity_id.
	Number string
	Order  int64
	// State is Magento's: 1 open, 2 paid or refunded, 3 cancelled.
	State    int
	Currency string
	// Total is the grand_total with four places, "57.7090".
	Total string
}

// Documents lists every invoice and credit memo, by entity and id.
func (s *Shop) Documents(ctx context.Context) ([]Document, error) {
	var documents []Document
	for _, entity := range []string{"creditmemo", "invoice"} {
		rows, err := s.db.QueryContext(ctx, "select entity_id, increment_id, order_id, state, order_currency_code, grand_total from "+
			s.table("sales_"+entity)+" order by entity_id")
		if err != nil {
			return nil, fmt.Errorf("list documents: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			d := Document{Entity: entity}
			if err := rows.Scan(&d.ID, &d.Number, &d.Order, &d.State, &d.Currency, &d.Total); err != nil {
				return nil, fmt.Errorf("list documents: %w", err)
			}
			documents = append(documents, d)
		}
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("list documents: %w", err)
		}
	}
	return documents, nil
}

// A Total is what the documents of one entity come to in one currency.
type Total struct {
	Entity   string
	Currency string
	Count    int
	// Sum has four places.
	Sum string
}

// Totals adds up the documents that are not cancelled, by entity and currency.
func (s *Shop) Totals(ctx context.Context) ([]Total, error) {
	var totals []Total
	for _, entity := range []string{"creditmemo", "invoice"} {
		rows, err := s.db.QueryContext(ctx, "select order_currency_code, count(*), sum(grand_total) from "+
			s.table("sales_"+entity)+" where state <> 3 group by order_currency_code order by order_currency_code")
		if err != nil {
			return nil, fmt.Errorf("add up documents: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			t := Total{Entity: entity}
			if err := rows.Scan(&t.Currency, &t.Count, &t.Sum); err != nil {
				return nil, fmt.Errorf("add up documents: %w", err)
			}
			totals = append(totals, t)
		}
		if err := rows.Err(); err != nil {
			return nil, fmt.Errorf("add up documents: %w", err)
		}
	}
	return totals, nil
}

// A Customer is a customer's row.
type Customer struct {
	ID                         int64
	FirstName, LastName, Email string
}

// Customers lists the registered customers by id.
func (s *Shop) Customers(ctx context.Context) ([]Customer, error) {
	rows, err := s.db.QueryContext(ctx, "select entity_id, firstname, lastname, email from "+s.table("customer_entity")+" order by entity_id")
	if err != nil {
		return nil, fmt.Errorf("list customers: %w", err)
	}
	defer rows.Close()
	var customers []Customer
	for rows.Next() {
		var c Customer
		if err := rows.Scan(&c.ID, &c.FirstName, &c.LastName, &c.Email); err != nil {
			return nil, fmt.Errorf("list customers: %w", err)
		}
		customers = append(customers, c)
	}
	return customers, rows.Err()
}
