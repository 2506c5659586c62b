package main

import (
	"context"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

// withPostgres opens Postgres for a command.
func (r *root) withPostgres(ctx context.Context, do func(*postgres.DB) error) error {
	c, err := r.load(config.Postgres)
	if err != nil {
		return err
	}
	db, err := postgres.Open(ctx, c.Postgres)
	if err != nil {
		return err
	}
	defer db.Close()
	return do(db)
}
