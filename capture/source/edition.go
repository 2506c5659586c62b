package source

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"

	"github.com/mage2sage/mage2sage/schemas/magento"
)

// Editions, releases and modules of Magento keep some tables otherwise, or not at all. What
// this shop has is found out once, when it is connected to: whoever changes it afterwards
// alters tables, which begins another session.

// selects reports whether a table was asked for.
func (d *Database) selects(t magento.Table) bool {
	asked := t.Group == magento.Always || slices.Contains(d.options.Groups, t.Group)
	return asked && (t.Filter != magento.ListedAttributes || len(d.options.Attributes[t.Root.Kind]) > 0)
}

// Captures reports whether a table is among the captured ones: it was asked for, and the
// shop has it or has to have it.
func (d *Database) Captures(t magento.Table) bool {
	_, captured := d.tables[t.Name]
	return captured
}

// Lacks reports whether a table was asked for that the shop may lack, and does.
func (d *Database) Lacks(t magento.Table) bool { return d.absent[t.Name] }

// CapturedTables lists the tables to follow in the log by the name that they have in the
// shop. Those that the shop lacks are among them, so that their making is noticed, but for the
// carts of a shop in which none is negotiated: the table that says so is among them.
func (d *Database) CapturedTables() map[string]magento.Table {
	all := map[string]magento.Table{}
	for _, t := range magento.Tables {
		if d.selects(t) && !d.negotiatesNot(t) {
			all[d.physical(t.Name)] = d.AsKept(t)
		}
	}
	return all
}

// AsKept is a table as the shop keeps it.
func (d *Database) AsKept(t magento.Table) magento.Table {
	if kept, ok := d.tables[t.Name]; ok {
		return kept
	}
	return t
}

// learnTables finds out which of the tables that were asked for the shop has, and how. What
// may not be read is taken for there: the preflight says what is wrong with it.
func (d *Database) learnTables(ctx context.Context) error {
	d.tables, d.absent = map[string]magento.Table{}, map[string]bool{}
	staging, err := d.stages(ctx)
	if err != nil {
		return err
	}
	for _, t := range magento.Tables {
		if !d.selects(t) {
			continue
		}
		if t.Optional {
			there, err := d.offers(ctx, t)
			if err != nil {
				return err
			}
			if !there {
				d.absent[t.Name] = true
				continue
			}
		}
		if staging {
			t = t.InStaging()
		}
		if t.OwnKey {
			if t.PK, err = d.primaryKey(ctx, t); err != nil {
				return err
			}
		}
		d.tables[t.Name] = t
	}
	return nil
}

// negotiatesNot reports whether a table has carts, and the shop has nothing that tells which of
// them are negotiated.
func (d *Database) negotiatesNot(t magento.Table) bool {
	return t.Filter == magento.NegotiatedCarts && d.absent[magento.NegotiableTable]
}

// offers reports whether an optional table is there, and what it is worth nothing without.
func (d *Database) offers(ctx context.Context, t magento.Table) (bool, error) {
	if d.negotiatesNot(t) {
		return false, nil
	}
	return d.has(ctx, t)
}

// stages reports whether the shop stages changes of its products. Who may not read all of a
// table is told by the server that a column is not there only when it is not.
func (d *Database) stages(ctx context.Context) (bool, error) {
	products, _ := magento.ByName(magento.ProductTable)
	if !d.selects(products) {
		return false, nil
	}
	err := d.ask(ctx, quote(magento.VersionColumn), products)
	switch errorNumber(err) {
	case unknownColumn, noSuchTable, noSuchDatabase, tableAccessDenied, databaseAccessDenied:
		return false, nil
	case columnAccessDenied:
		return true, nil
	}
	return err == nil, err
}

// has reports whether a table is there.
func (d *Database) has(ctx context.Context, t magento.Table) (bool, error) {
	err := d.readable(ctx, t)
	var missing *MissingError
	var denied *DeniedError
	switch {
	case errors.As(err, &missing):
		return false, nil
	case errors.As(err, &denied):
		return true, nil
	}
	return err == nil, err
}

// primaryKey reads the columns of a table's primary key, in their order; those that every
// Magento has where the server does not tell.
func (d *Database) primaryKey(ctx context.Context, t magento.Table) (columns []string, err error) {
	rows, err := d.db.QueryContext(ctx, `SELECT COLUMN_NAME FROM information_schema.STATISTICS
		WHERE TABLE_SCHEMA = ? AND TABLE_NAME = ? AND INDEX_NAME = 'PRIMARY' ORDER BY SEQ_IN_INDEX`, d.options.Database, d.physical(t.Name))
	if err != nil {
		return nil, fmt.Errorf("primary key of %s: %w", d.physical(t.Name), err)
	}
	defer rows.Close()
	for rows.Next() {
		var c string
		if err := rows.Scan(&c); err != nil {
			return nil, fmt.Errorf("primary key of %s: %w", d.physical(t.Name), err)
		}
		columns = append(columns, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("primary key of %s: %w", d.physical(t.Name), err)
	}
	if columns == nil {
		return t.PK, nil
	}
	return columns, nil
}

// Captured is a digest of what is captured of the shop: the tables as it keeps them, their
// columns, and the codes and paths by which rows are chosen.
func (d *Database) Captured() string {
	h := fnv.New64a()
	for _, t := range magento.Tables {
		if kept, ok := d.tables[t.Name]; ok {
			fmt.Fprintf(h, "%q\n", fmt.Sprint(kept, d.options.Attributes[t.Root.Kind]))
		}
	}
	fmt.Fprint(h, magento.ConfigPaths)
	return strconv.FormatUint(h.Sum64(), 36)
}
