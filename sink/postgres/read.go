package postgres

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A question is one query of a plan. It is asked at once, or together with those of other
// plans.
type question struct {
	sql  string
	args []any
	take func(pgx.Rows) error
}

// answer takes the rows that a query has returned.
func (q *question) answer(rows pgx.Rows, err error) error {
	if err != nil {
		return err
	}
	return q.take(rows)
}

// all asks for all rows of a query.
func all[T any](p *Planning, to pgx.RowToFunc[T], sql string, args ...any) (found []T, err error) {
	err = p.ask(&question{sql, args, func(rows pgx.Rows) (err error) {
		found, err = pgx.CollectRows(rows, to)
		return err
	}})
	return found, err
}

// first asks for the first row of a query; ok is false where there is none.
func first[T any](p *Planning, to pgx.RowToFunc[T], sql string, args ...any) (one T, ok bool, err error) {
	found, err := all(p, to, sql, args...)
	if err != nil || len(found) == 0 {
		return one, false, err
	}
	return found[0], true, nil
}

// bodyOf is the query of an item's own entity.
const bodyOf = `SELECT body, read_before, without_person FROM entities WHERE source = $1 AND id = $2`

// body asks for the item's own entity, whose binding is at hand.
func (p *Planning) body() *question {
	return &question{bodyOf, []any{p.Binding.Source, p.Item.ID}, func(rows pgx.Rows) error {
		found := false
		_, err := pgx.ForEachRow(rows, []any{&p.Body, &p.ReadBefore, &p.WithoutPerson}, func() error { found = true; return nil })
		if err == nil && !found {
			err = fmt.Errorf("%s has no entity of source %s", p.Item.ID, p.Binding.Source)
		}
		return err
	}}
}

// History returns every operation that there was under a key, oldest revision first.
func (p *Planning) History(key work.OperationKey) (work.History, error) {
	found, err := all(p, pgx.RowToStructByName[work.Operation], `
		SELECT `+operationColumns+` FROM operations o
		WHERE o.binding = $1 AND o.kind = $2 AND o.entity = $3 AND o.currency = $4 ORDER BY o.revision`,
		p.Binding.Name, key.Kind, key.Entity, key.Currency)
	p.asked.history(p.Binding.Name, key, found)
	return found, err
}

// Entity returns another entity of the same source, nil when it never arrived.
func (p *Planning) Entity(id canonical.ID) (json.RawMessage, error) {
	body, _, err := first(p, pgx.RowTo[json.RawMessage], `SELECT body FROM entities WHERE source = $1 AND id = $2`, p.Binding.Source, id)
	return body, err
}

// A document is an entity with its id.
type document struct {
	ID   canonical.ID
	Body json.RawMessage
}

// NewestDocument returns an invoice or credit memo of the newest order that a registered
// customer has one of; "" and nil where there is none.
func (p *Planning) NewestDocument(customer uint64) (canonical.ID, json.RawMessage, error) {
	d, _, err := first(p, pgx.RowToStructByName[document], `
		SELECT id, body FROM entities WHERE source = $1 AND customer_id = $2::text::bigint AND order_id IS NOT NULL AND NOT deleted
		ORDER BY order_id DESC, id LIMIT 1`, p.Binding.Source, strconv.FormatUint(customer, 10))
	return d.ID, d.Body, err
}

// CreditMemos returns the ids of an order's credit memos, oldest first.
func (p *Planning) CreditMemos(order uint64) ([]canonical.ID, error) {
	return all(p, pgx.RowTo[canonical.ID], `
		SELECT id FROM entities WHERE source = $1 AND order_id = $2::text::bigint AND kind = $3 ORDER BY length(id), id`,
		p.Binding.Source, strconv.FormatUint(order, 10), canonical.KindCreditMemo)
}

// Holder returns who else in the business has a document's reference, in Sage or on the way
// there, in whatever spelling; nil where nobody has. Of two plans that ask for one reference,
// the second sees the verdict of the first.
func (p *Planning) Holder(kind work.OperationKind, reference string) (*work.Holder, error) {
	key := work.ReferenceKey(reference)
	if p.Binding.Business == "" || key == "" {
		return nil, nil
	}
	holder, held, err := first(p, pgx.RowToStructByName[work.Holder], `
		SELECT o.binding, o.entity, i.sage_number FROM operations o JOIN sync_items i ON i.binding = o.binding AND i.id = o.entity
		WHERE o.business = $1 AND o.kind = $2 AND o.reference_key = $3 AND (o.binding, o.entity) <> ($4, $5)
			AND o.state NOT IN ('refused', 'cancelled') ORDER BY o.id LIMIT 1`,
		p.Binding.Business, kind, key, p.Binding.Name, p.Item.ID)
	if !held {
		p.asked.reference(p.Binding.Business, kind, key, nil)
		return nil, err
	}
	p.asked.reference(p.Binding.Business, kind, key, &holder)
	return &holder, nil
}

// Items returns the sync items of other entities in the same binding.
func (p *Planning) Items(ids []canonical.ID) (map[canonical.ID]work.SyncItem, error) {
	found := map[canonical.ID]work.SyncItem{}
	if len(ids) == 0 {
		return found, nil
	}
	items, err := all(p, pgx.RowToStructByName[work.SyncItem], `SELECT `+itemColumns+` FROM sync_items i WHERE binding = $1 AND id = ANY($2)`, p.Binding.Name, ids)
	for _, item := range items {
		found[item.ID] = item
	}
	p.asked.items(p.Binding.Name, ids)
	return found, err
}

// Xrefs returns the objects in Sage of an entity, in every currency.
func (p *Planning) Xrefs(t work.XrefType, entity string) ([]work.Xref, error) {
	return all(p, pgx.RowToStructByName[work.Xref], `
		SELECT type, entity, currency, sage_id, reference, sent_digests FROM xrefs WHERE binding = $1 AND type = $2 AND entity = $3 ORDER BY currency`,
		p.Binding.Name, t, entity)
}
