package main

import (
	"context"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/sink/store"
)

// withStore opens Postgres for a command.
func (r *root) withStore(ctx context.Context, do func(*store.Store) error) error {
	c, err := r.load(config.Postgres)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, c.Postgres)
	if err != nil {
		return err
	}
	defer db.Close()
	return do(db)
}
