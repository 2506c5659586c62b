package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// A DocumentState says what became of an entity in a binding.
type DocumentState string

// The states of documents, as they are shown to people.
const (
	DocumentPlanned DocumentState = "planned" // to be planned, or its call is on the way
	DocumentWaiting DocumentState = "waiting" // for a contact, an invoice, tax rows or payment
	DocumentSkipped DocumentState = "skipped" // by policy
	DocumentParked  DocumentState = "parked"  // a person must look
	DocumentPosted  DocumentState = "posted"
)

// States of payment of a posted document.
const (
	Paid   = "paid"
	Unpaid = "unpaid"
)

// A Document is what became of one entity in one binding.
type Document struct {
	Binding      string
	ID           canonical.ID
	State        DocumentState
	Payment      string // Paid or Unpaid once it is posted, else ""
	Reason       string
	Hint         string
	WaitsFor     string // the entity that it waits for
	WaitingSince *time.Time
	Number       string // Magento's increment id
	Currency     string
	MagentoTotal *money.Amount
	SageTotal    *money.Amount
	SageID       string
	SageNumber   string
	Contact      string // Sage's id of the contact that it was posted to
	Dated        string // accounting date, frozen when first planned
	Facts        string // digest of the money facts that were sent
}

const documentColumns = `d.binding, d.id, d.state, d.payment, d.reason, d.hint, d.waits_for, d.waiting_since, d.number, d.currency,
	d.magento_total::text, d.sage_total::text, d.sage_id, d.sage_number, d.contact, d.dated, d.facts`

func scanDocument(row interface{ Scan(...any) error }) (d Document, err error) {
	var magento, sage *string
	err = row.Scan(&d.Binding, &d.ID, &d.State, &d.Payment, &d.Reason, &d.Hint, &d.WaitsFor, &d.WaitingSince, &d.Number, &d.Currency,
		&magento, &sage, &d.SageID, &d.SageNumber, &d.Contact, &d.Dated, &d.Facts)
	if err != nil {
		return d, err
	}
	if d.MagentoTotal, err = amount(magento); err != nil {
		return d, err
	}
	d.SageTotal, err = amount(sage)
	return d, err
}

// A DocumentFilter chooses documents; empty fields choose all.
type DocumentFilter struct {
	Binding string
	State   DocumentState
	Reason  string
	Limit   int // 0 is 1000
}

// Documents lists invoices and credit memos, and customers whose change Sage has
// refused, newest change first.
func (s *Store) Documents(ctx context.Context, f DocumentFilter) ([]Document, error) {
	if f.Limit == 0 {
		f.Limit = 1000
	}
	rows, err := s.pool.Query(ctx, `
		SELECT `+documentColumns+` FROM documents d
		WHERE (kind <> 'customer' OR state = 'parked') AND ($1 = '' OR binding = $1) AND ($2 = '' OR state = $2) AND ($3 = '' OR reason = $3)
		ORDER BY updated_at DESC, id LIMIT $4`, f.Binding, f.State, f.Reason, f.Limit)
	if err != nil {
		return nil, fmt.Errorf("list documents: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Document, error) { return scanDocument(row) })
	if err != nil {
		return nil, fmt.Errorf("list documents: %w", err)
	}
	return all, nil
}

// A Count is how many documents of a binding share kind, state, payment and reason.
type Count struct {
	Binding string
	Kind    canonical.Kind
	State   DocumentState
	Payment string
	Reason  string
	N       int
}

// Counts counts documents and, apart from them, operations in doubt.
func (s *Store) Counts(ctx context.Context) (all []Count, inDoubt int, err error) {
	rows, err := s.pool.Query(ctx, `
		SELECT binding, kind, state, payment, reason, count(*) FROM documents WHERE kind <> 'customer' OR state = 'parked'
		GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5`)
	if err != nil {
		return nil, 0, fmt.Errorf("count documents: %w", err)
	}
	all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Count])
	if err != nil {
		return nil, 0, fmt.Errorf("count documents: %w", err)
	}
	err = s.pool.QueryRow(ctx, `SELECT count(*) FROM operations WHERE state = 'in_doubt'`).Scan(&inDoubt)
	if err != nil {
		return nil, 0, fmt.Errorf("count operations: %w", err)
	}
	return all, inDoubt, nil
}

// Idle tells whether nothing is to be planned and no call is to be made.
func (s *Store) Idle(ctx context.Context) (idle bool, err error) {
	err = s.pool.QueryRow(ctx, `
		SELECT NOT EXISTS (SELECT FROM documents WHERE plan_due_at IS NOT NULL)
			AND NOT EXISTS (SELECT FROM operations WHERE state IN ('planned', 'sending', 'in_doubt'))`).Scan(&idle)
	if err != nil {
		return false, fmt.Errorf("look for work: %w", err)
	}
	return idle, nil
}
