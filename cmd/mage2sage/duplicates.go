package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/sink"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/deliver"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

func (r *root) duplicates() *cobra.Command {
	var name string
	var full bool
	var show *output
	cmd := &cobra.Command{
		Use:   "duplicates",
		Short: "Search Sage's own lists for what of ours stands there twice",
		Long: "Read is what was changed in Sage since the last search, or with --full everything. Listed is each group of live documents\n" +
			"or contacts of one reference, of payments of one reference, amount and day, and of allocations of one credit note, amount and day.\n" +
			"Nothing is changed in Sage: void or delete there what is one too many, then type this again. The sink that runs searches once a day.\n" +
			"Exit code 1: something stands in Sage twice.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := r.load(config.Postgres, config.Sage)
			if err != nil {
				return err
			}
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				found, err := searchDuplicates(cmd.Context(), c, db, name, full, newMeter(cmd.ErrOrStderr()))
				if err != nil {
					return err
				}
				if err := show.print(cmd.OutOrStdout(), found, func(w io.Writer) { printDuplicates(w, found) }); err != nil {
					return err
				}
				if n := len(found); n > 0 {
					return fmt.Errorf("%d are listed for a person", n)
				}
				return nil
			})
		},
	}
	show = outputFlag(cmd)
	cmd.Flags().StringVar(&name, "binding", "", "the business of this binding alone")
	cmd.Flags().BoolVar(&full, "full", false, "read Sage's lists whole, and not only what was changed since the last search")
	return cmd
}

// searchDuplicates searches the businesses of all connected bindings, or of one that is named.
func searchDuplicates(ctx context.Context, c config.Config, db *postgres.DB, name string, full bool, m *meter) ([]work.Duplicate, error) {
	if err := knownBinding(ctx, db, name); err != nil {
		return nil, err
	}
	all, err := db.Bindings(ctx)
	if err != nil {
		return nil, err
	}
	defer m.end("")
	found, searched := []work.Duplicate{}, map[string]bool{}
	for _, b := range all {
		switch {
		case name != "" && b.Name != name, searched[b.Business]:
			continue
		case name == "" && !b.State.AtWork():
			continue
		}
		some, err := searchBusiness(ctx, c, db, b, full, m)
		if err != nil {
			return nil, fmt.Errorf("binding %s: %w", b.Name, err)
		}
		found, searched[b.Business] = append(found, some...), true
	}
	return found, nil
}

func searchBusiness(ctx context.Context, c config.Config, db *postgres.DB, b work.Binding, full bool, m *meter) ([]work.Duplicate, error) {
	client, done, err := binding.OpenBusiness(ctx, c.Sage, db, db, b.Name)
	if err != nil {
		return nil, err
	}
	defer done()
	var since time.Time
	if !full {
		if since, err = db.SearchedTo(ctx, b.Business); err != nil {
			return nil, err
		}
	}
	search := &sink.DuplicateSearch{DB: db, Client: client, Binding: b, Now: time.Now, Progress: func(text string) { m.line(func() string { return text }) }}
	return search.Run(ctx, since)
}

func printDuplicates(w io.Writer, found []work.Duplicate) {
	if len(found) == 0 {
		linef(w, "nothing stands in Sage twice\n")
	}
	for _, d := range found {
		linef(w, "%s, found %s\n", d.Binding, d.FoundAt.UTC().Format(time.RFC3339))
		for _, o := range d.Objects {
			whose := "not known here"
			if o.Entity != "" {
				whose = "is " + o.Entity + " here"
			}
			linef(w, "  %s: %s\n", deliver.Told(o.Standing), whose)
		}
		linef(w, "  %s\n", d.Hint())
	}
}
