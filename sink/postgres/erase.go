package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A Subject is whose data is erased: customers by their ids, and buyers by an e-mail address.
type Subject struct {
	Source    string
	Customers []uint64
	// Email is in lower case and stays in memory; Digest is what stands in its place where the person was
	// taken out already; Guest is its key. "" are none.
	Email, Digest, Guest string
}

// keys name the person among operations and xrefs.
func (s Subject) keys() (all []string) {
	for _, id := range s.Customers {
		all = append(all, string(canonical.NewID(canonical.KindCustomer, id)))
	}
	if s.Guest != "" {
		all = append(all, s.Guest)
	}
	return all
}

// An Erasure is what was erased of a person, and what was not. It does not name the person.
type Erasure struct {
	Entities     int `json:"entities"`
	Operations   int `json:"operations"`
	Items        int `json:"items"`
	AuditEntries int `json:"audit_entries"`
	// Open are documents and customers of which something is to come yet: they keep who it is.
	Open []canonical.ID `json:"open"`
	// Contacts are the person's in Sage.
	Contacts []ErasedContact `json:"contacts"`
}

// An ErasedContact stands in Sage, where nothing is erased.
type ErasedContact struct {
	Binding   string `json:"binding"`
	Reference string `json:"reference"`
	SageID    string `json:"sage_id"`
}

// eraseLock keeps what intake takes in apart from an erasure: "m2_erase" in ASCII.
const eraseLock = 0x6d325f6572617365

// CustomersOf lists the customers of a source with an e-mail address, in lower case, or its digest;
// and EmailOf is that of a customer, "" where it is not known any more.
func (db *DB) CustomersOf(ctx context.Context, source, email, digest string) ([]uint64, error) {
	rows, err := db.pool.Query(ctx, `
		SELECT id FROM entities WHERE source = $1 AND kind = 'customer' AND (lower(btrim(body->>'email')) = $2 OR body->>'email' = $3) ORDER BY id`, source, email, digest)
	if err != nil {
		return nil, fmt.Errorf("look for customers: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[canonical.ID])
	if err != nil {
		return nil, fmt.Errorf("look for customers: %w", err)
	}
	var all []uint64
	for _, id := range ids {
		all = append(all, id.Number())
	}
	return all, nil
}

// EmailOf is the e-mail address of a customer as it is kept; "" where none is.
func (db *DB) EmailOf(ctx context.Context, source string, customer uint64) (email string, err error) {
	err = db.pool.QueryRow(ctx, `SELECT coalesce(max(body->>'email'), '') FROM entities WHERE source = $1 AND id = $2`, source, canonical.NewID(canonical.KindCustomer, customer)).Scan(&email)
	if err != nil {
		return "", fmt.Errorf("read a customer: %w", err)
	}
	return email, nil
}

// Erase takes a person out of entities, calls, hints and details of the audit trail, and notes the
// person's keys, so that reading the topics again brings nothing back that was made before. Money,
// cross references and digests stay. What is open keeps its person: it has to reach Sage first.
func (db *DB) Erase(ctx context.Context, s Subject, cut PersonalCut) (e Erasure, err error) {
	err = db.tx(ctx, func(tx pgx.Tx) (err error) {
		e = Erasure{Open: []canonical.ID{}, Contacts: []ErasedContact{}}
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, eraseLock); err != nil {
			return err
		}
		if err := lockOutPlanning(ctx, tx); err != nil {
			return err
		}
		found, err := entitiesOf(ctx, tx, s)
		if err != nil {
			return err
		}
		if e.Open, err = openOf(ctx, tx, s, found); err != nil {
			return err
		}
		ids, err := cutEntities(ctx, tx, s.Source, found, e.Open, cut, &e)
		if err != nil {
			return err
		}
		if err := cutOperations(ctx, tx, s.Source, ids, s.keys(), cut, &e); err != nil {
			return err
		}
		if err := cutNotes(ctx, tx, s.Source, ids, s.keys(), &e); err != nil {
			return err
		}
		if err := noteErased(ctx, tx, s); err != nil {
			return err
		}
		e.Contacts, err = contactsOf(ctx, tx, s)
		return err
	})
	if err != nil {
		return e, fmt.Errorf("erase a person: %w", err)
	}
	return e, nil
}

type personEntity struct {
	ID            canonical.ID
	Body          json.RawMessage
	WithoutPerson bool
}

func entitiesOf(ctx context.Context, tx pgx.Tx, s Subject) ([]personEntity, error) {
	customers := make([]string, len(s.Customers))
	for n, id := range s.Customers {
		customers[n] = strconv.FormatUint(id, 10)
	}
	rows, err := tx.Query(ctx, `
		SELECT id, body, without_person FROM entities WHERE source = $1 AND (customer_id = ANY($2::text[]::bigint[])
			OR $3 <> '' AND (lower(btrim(body->'customer'->>'email')) = $3 OR body->'customer'->>'email' = $4)) ORDER BY id FOR UPDATE`,
		s.Source, customers, s.Email, s.Digest)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[personEntity])
}

// openOf lists what is not settled of several entities: nobody may take the person out of it. With one,
// the person's customers are open too.
func openOf(ctx context.Context, tx pgx.Tx, s Subject, found []personEntity) ([]canonical.ID, error) {
	ids := make([]string, len(found))
	for n, e := range found {
		ids[n] = string(e.ID)
	}
	rows, err := tx.Query(ctx, `
		SELECT i.id FROM bindings b JOIN sync_items i ON i.binding = b.name
		WHERE b.source = $1 AND b.state <> 'purged' AND i.id = ANY($2) AND (NOT `+settledState+` OR i.plan_due_at IS NOT NULL)
		UNION SELECT o.item FROM bindings b JOIN operations o ON o.binding = b.name
		WHERE b.source = $1 AND (o.item = ANY($2) OR o.entity = ANY($3)) AND o.state IN ('planned', 'sending', 'in_doubt', 'parked') ORDER BY 1`, s.Source, ids, s.keys())
	if err != nil {
		return nil, err
	}
	open, err := pgx.CollectRows(rows, pgx.RowTo[canonical.ID])
	if err != nil || len(open) == 0 {
		return []canonical.ID{}, err
	}
	for _, e := range found {
		if e.ID.Kind() == canonical.KindCustomer && !slices.Contains(open, e.ID) {
			open = append(open, e.ID)
		}
	}
	return open, nil
}

// cutEntities takes the person out of what is not open. It returns the ids of that, whether it was
// done now or before.
func cutEntities(ctx context.Context, tx pgx.Tx, source string, found []personEntity, open []canonical.ID, cut PersonalCut, e *Erasure) (ids []string, err error) {
	for _, one := range found {
		if slices.Contains(open, one.ID) {
			continue
		}
		ids = append(ids, string(one.ID))
		if one.WithoutPerson {
			continue
		}
		body, err := cut.Entity(one.ID, one.Body)
		if err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, `UPDATE entities SET body = $3, without_person = true WHERE source = $1 AND id = $2`, source, one.ID, string(body)); err != nil {
			return nil, err
		}
		e.Entities++
	}
	return ids, nil
}

func cutOperations(ctx context.Context, tx pgx.Tx, source string, ids, keys []string, cut PersonalCut, e *Erasure) error {
	rows, err := tx.Query(ctx, `
		SELECT o.id, o.body FROM bindings b JOIN operations o ON o.binding = b.name
		WHERE b.source = $1 AND (o.item = ANY($2) OR o.entity = ANY($3)) AND NOT o.without_person AND o.state IN ('confirmed', 'refused', 'cancelled') FOR UPDATE OF o`,
		source, ids, keys)
	if err != nil {
		return err
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByName[endedCall])
	if err != nil {
		return err
	}
	for _, o := range all {
		body, err := cut.Body(o.Body)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE operations SET body = $2, without_person = true WHERE id = $1`, o.ID, string(body)); err != nil {
			return err
		}
	}
	e.Operations = len(all)
	return nil
}

// cutNotes takes away what people have written about it, and the digest of the e-mail address from
// what a later version is compared with.
func cutNotes(ctx context.Context, tx pgx.Tx, source string, ids, keys []string, e *Erasure) error {
	tag, err := tx.Exec(ctx, `
		UPDATE sync_items i SET hint = '', sent_digest = regexp_replace(i.sent_digest, '\.[0-9a-f]+$', '.`+work.ErasedDigest+`')
		FROM bindings b WHERE b.name = i.binding AND b.source = $1 AND i.id = ANY($2) AND (i.hint <> '' OR i.sent_digest ~ '\.[0-9a-f]+$')`, source, ids)
	if err != nil {
		return err
	}
	e.Items = int(tag.RowsAffected())
	if _, err := tx.Exec(ctx, `SELECT set_config('mage2sage.erase', 'yes', true)`); err != nil {
		return err
	}
	tag, err = tx.Exec(ctx, `
		UPDATE audit a SET detail = a.detail - 'note' - 'hint' - 'mismatch' FROM bindings b
		WHERE b.name = a.binding AND b.source = $1 AND a.entity = ANY($2) AND a.detail ?| ARRAY['note', 'hint', 'mismatch']`, source, slices.Concat(ids, keys))
	if err != nil {
		return err
	}
	e.AuditEntries = int(tag.RowsAffected())
	_, err = tx.Exec(ctx, `SELECT set_config('mage2sage.erase', '', true)`)
	return err
}

func noteErased(ctx context.Context, tx pgx.Tx, s Subject) error {
	keys := s.keys()
	_, err := tx.Exec(ctx, `
		INSERT INTO erased (source, key) SELECT $1, unnest($2::text[]) ON CONFLICT (source, key) DO UPDATE SET at = now()`, s.Source, keys)
	if err != nil {
		return err
	}
	// Of a buyer by address the trail has not even the hash.
	named := slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == s.Guest })
	return audit(ctx, tx, auditEntry{Event: "person erased", Detail: map[string]string{"source": s.Source, "customers": strings.Join(named, " ")}})
}

func contactsOf(ctx context.Context, tx pgx.Tx, s Subject) ([]ErasedContact, error) {
	rows, err := tx.Query(ctx, `
		SELECT x.binding, x.reference, x.sage_id FROM bindings b JOIN xrefs x ON x.binding = b.name
		WHERE b.source = $1 AND x.type = 'contact' AND x.entity = ANY($2) ORDER BY 1, 2`, s.Source, s.keys())
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByName[ErasedContact])
}
