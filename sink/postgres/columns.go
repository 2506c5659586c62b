package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// columns are entities as one array per column, for unnest.
type columns struct {
	sources, ids, kinds                 []string
	orders, customers, websites, stores []*string
	generations                         []int
	epochs, sequences, bodies           []string
	deleted, readBefore, withoutPerson  []bool
	offsets                             []int64
}

// columnsOf looks up the generation of each source's entities on the way.
func columnsOf(ctx context.Context, tx pgx.Tx, entities []Entity, at PartitionMark) (c columns, err error) {
	generations := map[string]int{}
	for _, e := range entities {
		if _, known := generations[e.Source]; !known {
			if generations[e.Source], err = follow(ctx, tx, e.Source, at.Pipeline); err != nil {
				return columns{}, err
			}
		}
		c.sources, c.ids, c.kinds = append(c.sources, e.Source), append(c.ids, string(e.ID)), append(c.kinds, string(e.ID.Kind()))
		c.orders, c.customers = append(c.orders, idOrNull(e.OrderID)), append(c.customers, idOrNull(e.CustomerID))
		c.websites, c.stores = append(c.websites, numberOrNull(e.WebsiteID)), append(c.stores, numberOrNull(e.StoreID))
		c.generations, c.offsets = append(c.generations, generations[e.Source]), append(c.offsets, e.Offset)
		c.epochs, c.sequences = append(c.epochs, fmt.Sprint(e.Version.Epoch)), append(c.sequences, fmt.Sprint(e.Version.Sequence))
		c.bodies, c.deleted = append(c.bodies, string(e.Body)), append(c.deleted, e.Deleted)
		c.readBefore, c.withoutPerson = append(c.readBefore, e.Offset < at.ReadBefore), append(c.withoutPerson, e.WithoutPerson)
	}
	return c, nil
}

// each splits them into one entity each.
func (c columns) each() (all []columns) {
	for n := range c.ids {
		all = append(all, columns{
			c.sources[n : n+1], c.ids[n : n+1], c.kinds[n : n+1],
			c.orders[n : n+1], c.customers[n : n+1], c.websites[n : n+1], c.stores[n : n+1],
			c.generations[n : n+1], c.epochs[n : n+1], c.sequences[n : n+1], c.bodies[n : n+1], c.deleted[n : n+1], c.readBefore[n : n+1],
			c.withoutPerson[n : n+1], c.offsets[n : n+1],
		})
	}
	return all
}

func idOrNull(id uint64) *string {
	if id == 0 {
		return nil
	}
	return numberOrNull(&id)
}

func numberOrNull[N int | uint64](n *N) *string {
	if n == nil {
		return nil
	}
	text := fmt.Sprint(*n)
	return &text
}
