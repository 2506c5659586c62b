package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
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
		Use: "list", Short: "List the records that were set aside: place, reason and since when", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				all, err := db.SetAside(cmd.Context())
				if err != nil {
					return err
				}
				return show.print(cmd.OutOrStdout(), all, func(w io.Writer) { printSetAside(w, all) })
			})
		},
	}
	show = outputFlag(cmd)
	return cmd
}

func printSetAside(w io.Writer, all []postgres.SetAside) {
	t := newTable(w, "TOPIC", "PARTITION", "OFFSET", "SINCE", "REASON")
	for _, r := range all {
		t.row(r.Topic, r.Partition, r.Offset, r.Since.UTC().Format(time.RFC3339), r.Reason)
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
