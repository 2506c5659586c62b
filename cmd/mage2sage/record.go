package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/config/strict"
	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/schemas/topic"
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
		Long: "What transform has set aside is told by its signs of life in the topics, what the sink has by Postgres. Without\n" +
			"postgres.url no sink can run by this config file: then transform's are listed alone, and a line on standard error\n" +
			"says so.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := r.load()
			if err != nil {
				return err
			}
			if !need(judgedBy(c), config.Postgres) {
				linef(cmd.ErrOrStderr(), "mage2sage: what the sink has set aside is left out, because postgres.url is empty: no sink runs without it\n")
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
	all = []view.SetAside{}
	if need(judgedBy(c), config.Postgres) {
		all, err = setAsideBySink(ctx, c)
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

func setAsideBySink(ctx context.Context, c config.Config) ([]view.SetAside, error) {
	db, err := postgres.Open(ctx, c.Postgres)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return view.SetAsideBySink(ctx, db)
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
		Use: "retry TOPIC/PARTITION@OFFSET", Short: "Read a record again that the sink has set aside", Args: cobra.RangeArgs(1, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := placeOf(args)
			if err != nil {
				return err
			}
			c, err := r.loadForSink(at)
			if err != nil {
				return err
			}
			topics, err := c.Kafka.Dial()
			if err != nil {
				return err
			}
			defer topics.Close()
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				reason, err := sink.ReadAgain(cmd.Context(), db, topics, c.Names(), inPostgres(at))
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
		Use: "skip TOPIC/PARTITION@OFFSET", Short: "Pass over a record for good that the sink has set aside", Args: cobra.RangeArgs(1, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := placeOf(args)
			if err == nil {
				_, err = r.loadForSink(at)
			}
			if err != nil {
				return err
			}
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				known, err := db.Skip(cmd.Context(), inPostgres(at))
				if err == nil && !known {
					err = fmt.Errorf("%s is not set aside by the sink: see mage2sage record list", at)
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

// loadForSink reads the config for a command about a record of the sink's. Where there is no Postgres
// the record is one of transform's, and the error says what can be done about that.
func (r *root) loadForSink(at topic.Coordinates) (config.Config, error) {
	c, err := r.load()
	if err != nil || c.Need(config.Postgres) == nil {
		return c, err
	}
	return c, &strict.Error{File: r.file, Text: fmt.Sprintf("postgres.url is empty, and this is about what the sink has set aside: transform reads its own once more when it is started again, and passes over one with mage2sage transform skip --at %s --note WHY", at)}
}

// placeOf reads the place of a record as record list names it, mage2sage.sales/3@17, or in three words.
func placeOf(args []string) (topic.Coordinates, error) {
	text := strings.Join(args, " ")
	if len(args) == 3 {
		text = args[0] + "/" + args[1] + "@" + args[2]
	}
	at, err := topic.ParseCoordinates(text)
	if err != nil {
		return at, &usageError{err}
	}
	return at, nil
}

// inPostgres names a record as the sink's tables do.
func inPostgres(at topic.Coordinates) postgres.SetAside {
	return postgres.SetAside{Topic: at.Topic, Partition: at.Partition, Offset: at.Offset}
}
