package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// A BindingState says whether calls may be made for a binding.
type BindingState string

// The states of a binding.
const (
	New         BindingState = "new"          // imported, not connected to a business
	Connected   BindingState = "connected"    // at work
	Forbidden   BindingState = "forbidden"    // Sage refuses the user: tried again from time to time
	NeedsReauth BindingState = "needs_reauth" // the grant is gone: nothing is tried until somebody connects again
)

// A Binding is one shop on its way into one business.
type Binding struct {
	Name          string
	Source        string
	Policy        json.RawMessage
	PolicyVersion int
	Business      string // Sage's id; "" until it is connected
	BusinessName  string
	BaseCurrency  string // of the business, ISO 4217
	State         BindingState
	Hint          string
	NotBefore     time.Time // no call is made until then
	ImportedAt    time.Time
}

const bindingColumns = `b.name, b.source, b.policy, b.policy_version, b.business, b.business_name, b.base_currency, b.state, b.hint, b.not_before, b.imported_at`

func (b *Binding) fields() []any {
	return []any{&b.Name, &b.Source, &b.Policy, &b.PolicyVersion, &b.Business, &b.BusinessName, &b.BaseCurrency, &b.State, &b.Hint, &b.NotBefore, &b.ImportedAt}
}

// ErrNoBinding is wrapped by Binding when there is none of that name.
var ErrNoBinding = errors.New("no such binding: import it with mage2sage binding import, see mage2sage binding list")

// Binding returns the binding of that name.
func (s *Store) Binding(ctx context.Context, name string) (Binding, error) {
	var b Binding
	err := s.pool.QueryRow(ctx, `SELECT `+bindingColumns+` FROM bindings b WHERE name = $1`, name).Scan(b.fields()...)
	if errors.Is(err, pgx.ErrNoRows) {
		return b, fmt.Errorf("binding %s: %w", name, ErrNoBinding)
	}
	if err != nil {
		return b, fmt.Errorf("read binding: %w", err)
	}
	return b, nil
}

// Bindings returns all bindings by name.
func (s *Store) Bindings(ctx context.Context) ([]Binding, error) {
	rows, err := s.pool.Query(ctx, `SELECT `+bindingColumns+` FROM bindings b ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("read bindings: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (b Binding, err error) {
		return b, row.Scan(b.fields()...)
	})
	if err != nil {
		return nil, fmt.Errorf("read bindings: %w", err)
	}
	return all, nil
}

// PutBinding writes a binding's source and policy and has everything planned
// again that is not settled: a mapping that was missing heals what it parked.
func (s *Store) PutBinding(ctx context.Context, name, source string, policy json.RawMessage) (Binding, error) {
	err := s.tx(ctx, func(tx pgx.Tx) error {
		if err := changing(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			INSERT INTO bindings AS b (name, source, policy) VALUES ($1, $2, $3)
			ON CONFLICT (name) DO UPDATE SET policy = excluded.policy, policy_version = b.policy_version + 1`, name, source, string(policy))
		if err != nil {
			return err
		}
		if err := due(ctx, tx, name); err != nil {
			return err
		}
		return note(ctx, tx, Note{Binding: name, Event: "binding imported"})
	})
	if err != nil {
		return Binding{}, fmt.Errorf("write binding: %w", err)
	}
	return s.Binding(ctx, name)
}

// due has every entity of the binding's source planned (again), but for documents
// that are posted and paid.
func due(ctx context.Context, tx pgx.Tx, binding string) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO documents AS d (binding, id, kind)
		SELECT b.name, e.id, e.kind FROM bindings b JOIN entities e ON e.source = b.source WHERE b.name = $1
		ON CONFLICT (binding, id) DO UPDATE SET plan_due_at = now() WHERE d.state <> 'posted' OR d.payment <> 'paid'`, binding)
	return err
}

// A Connection is what connecting a binding has found out.
type Connection struct {
	Binding, Business, BusinessName, BaseCurrency string
}

// Connect writes down the business of a binding and has its documents planned.
func (s *Store) Connect(ctx context.Context, c Connection) error {
	err := s.tx(ctx, func(tx pgx.Tx) error {
		if err := changing(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `
			UPDATE bindings SET business = $2, business_name = $3, base_currency = $4, state = 'connected', hint = '', not_before = now()
			WHERE name = $1`, c.Binding, c.Business, c.BusinessName, c.BaseCurrency)
		if err != nil {
			return err
		}
		if err := due(ctx, tx, c.Binding); err != nil {
			return err
		}
		return note(ctx, tx, Note{Binding: c.Binding, Event: "binding connected", Detail: map[string]string{"business": c.Business}})
	})
	if err != nil {
		return fmt.Errorf("write connection: %w", err)
	}
	return nil
}

// Pause changes a binding's state and puts its calls off.
func (s *Store) Pause(ctx context.Context, binding string, state BindingState, hint string, wait time.Duration) error {
	err := s.tx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE bindings SET state = $2, hint = $3, not_before = greatest(not_before, now() + $4::interval) WHERE name = $1`,
			binding, state, hint, wait)
		if err != nil {
			return err
		}
		return note(ctx, tx, Note{Binding: binding, Event: "binding " + string(state), Detail: map[string]string{"hint": hint}})
	})
	if err != nil {
		return fmt.Errorf("pause binding: %w", err)
	}
	return nil
}

// PutOff has a business left alone for a while: Sage asked for it.
func (s *Store) PutOff(ctx context.Context, business string, wait time.Duration) error {
	_, err := s.pool.Exec(ctx, `UPDATE bindings SET not_before = greatest(not_before, now() + $2::interval) WHERE business = $1`, business, wait)
	if err != nil {
		return fmt.Errorf("put business off: %w", err)
	}
	return nil
}
