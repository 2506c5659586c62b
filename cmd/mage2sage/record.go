package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/sink"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

func (r *root) record() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "record",
		Short: "Look after records that were set aside because of what is in them",
	}
	cmd.AddCommand(r.recordList(), r.recordRetry(), r.recordSkip())
	return cmd
}

func (r *root) recordList() *cobra.Command {
	var show *output
	cmd := &cobra.Command{
		Use: "list", Short: "List the records that transform and sink have set aside: place, reason, since when, and what to type", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := r.load(config.Postgres)
			if err != nil {
				return err
			}
			all, err := setAside(cmd.Context(), c)
			if len(all) == 0 && err != nil {
				return err
			}
			return errors.Join(show.print(cmd.OutOrStdout(), all, func(w io.Writer) { printSetAside(w, all) }), err)
		},
	}
	show = outputFlag(cmd)
	return cmd
}

// setAside lists what each stage has set aside. What one server knows is shown while the
// other is away; the error says what is missing.
func setAside(ctx context.Context, c config.Config) (all []view.SetAside, err error) {
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	db, err := postgres.Open(ctx, c.Postgres)
	if err == nil {
		defer db.Close()
		all, err = view.SetAsideBySink(ctx, db)
	}
	topics, failed := c.Kafka.Dial()
	if failed == nil {
		defer topics.Close()
		topics.LeaderPatience = answerWithin
		var others []view.SetAside
		if failed = topics.Ping(ctx); failed == nil {
			others, failed = view.SetAsideByOthers(ctx, topics, c.Names(), c.Source.Name)
		}
		all = append(all, others...)
	}
	if failed != nil {
		failed = fmt.Errorf("what transform has set aside is unknown: %w", failed)
	}
	return all, errors.Join(err, failed)
}

func printSetAside(w io.Writer, all []view.SetAside) {
	t := newTable(w, "STAGE", "TOPIC", "PARTITION", "OFFSET", "SINCE", "REASON", "NEXT")
	for _, r := range all {
		t.row(r.Stage, r.Topic, r.Partition, r.Offset, r.Since.UTC().Format(time.RFC3339), r.Reason, r.Next)
	}
	t.Flush()
}

func (r *root) recordRetry() *cobra.Command {
	return &cobra.Command{
		Use: "retry TOPIC PARTITION OFFSET", Short: "Read a record again that was set aside", Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := placeOf(args)
			if err != nil {
				return err
			}
			c, err := r.load(config.Postgres)
			if err != nil {
				return err
			}
			topics, err := c.Kafka.Dial()
			if err != nil {
				return err
			}
			defer topics.Close()
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				reason, err := sink.ReadAgain(cmd.Context(), db, topics, c.Names(), at)
				if err == nil && reason != "" {
					err = fmt.Errorf("the record stays set aside: %s", reason)
				}
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), "taken: it is planned next")
				return nil
			})
		},
	}
}

func (r *root) recordSkip() *cobra.Command {
	return &cobra.Command{
		Use: "skip TOPIC PARTITION OFFSET", Short: "Pass over a record for good that was set aside", Args: cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := placeOf(args)
			if err != nil {
				return err
			}
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				known, err := db.Skip(cmd.Context(), at)
				if err == nil && !known {
					err = fmt.Errorf("no record of %s/%d at %d is set aside: see mage2sage record list", at.Topic, at.Partition, at.Offset)
				}
				if err != nil {
					return err
				}
				fmt.Fprintln(cmd.OutOrStdout(), "skipped")
				return nil
			})
		},
	}
}

// placeOf reads the place of a record as record list prints it.
func placeOf(args []string) (at postgres.SetAside, err error) {
	at.Topic = args[0]
	if at.Partition, err = strconv.Atoi(args[1]); err == nil {
		at.Offset, err = strconv.ParseInt(args[2], 10, 64)
	}
	if err != nil {
		return at, &usageError{fmt.Errorf("%v: write topic, partition and offset as mage2sage record list prints them", args)}
	}
	return at, nil
}
