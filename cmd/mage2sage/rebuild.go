package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/transform"
)

// transformRebuild is for a state that somebody does not trust, and for a test of the topics.
func (r *root) transformRebuild() *cobra.Command {
	return &cobra.Command{
		Use: "rebuild", Short: "Forget transform's state and make it anew from the topics; transform must not run", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := r.load(transformStage.parts...)
			if err != nil {
				return err
			}
			topics, err := c.Kafka.Dial()
			if err != nil {
				return err
			}
			defer topics.Close()
			if err := topics.Ping(cmd.Context()); err != nil {
				return err
			}
			if err := captured(cmd.Context(), topics, c); err != nil {
				return err
			}
			schemas, err := c.Kafka.SchemaRegistry.Dial()
			if err != nil {
				return err
			}
			progress := &transform.Progress{}
			stage := &transform.Stage{
				Config: c.Transform, Source: c.Source.Name, Replicas: c.Kafka.ReplicationFactor, Topics: topics, Names: c.Names(),
				Log: logger(c), SessionTimeout: c.Kafka.SessionTimeout, Anew: true, Progress: progress, Schemas: schemas,
			}
			return rebuild(cmd.Context(), cmd.OutOrStdout(), stage.Run, progress)
		},
	}
}

// captured refuses a rebuild from topics that capture has not begun to write: transform would wait
// for its first position, and that looks like waiting for another transform.
func captured(ctx context.Context, topics *topic.Client, c config.Config) error {
	_, known, err := topic.ReadCheckpoint(ctx, topics, c.Names(), c.Source.Name)
	if err == nil && !known {
		err = fmt.Errorf("nothing was captured of source %s yet, so there is nothing to make the state of: start capture, or correct source.name or prefix (%s) in the config file", c.Source.Name, c.Prefix)
	}
	return err
}

// rebuild runs a stage until it has read what there is, and shows how far it is.
func rebuild(ctx context.Context, out io.Writer, run func(context.Context) error, progress *transform.Progress) error {
	working, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- run(working) }()
	began, m := time.Now(), newMeter(out)
	for done := 0; ; {
		partitions, live, read, left := progress.Now()
		if done++; partitions == 0 || live < partitions {
			done = 0
		}
		if done == settledLooks {
			stop()
			if err := <-ended; err != nil {
				return err
			}
			m.end("%d records of %d partitions were read in %s: start transform", read, partitions, time.Since(began).Round(100*time.Millisecond))
			return nil
		}
		m.line(func() string { return rebuilding(partitions, live, read, left, time.Since(began)) })
		select {
		case err := <-ended:
			m.end("")
			return errors.Join(err, interrupted(ctx))
		case <-time.After(lookEvery):
		}
	}
}

// A rebuild has ended when all partitions are done in several looks: they are given to the stage
// together, and begin one after the other.
const (
	lookEvery    = 200 * time.Millisecond
	settledLooks = 5
)

// interrupted says what a rebuild that was told to end leaves; nil where it was not.
func interrupted(ctx context.Context) error {
	if ctx.Err() == nil {
		return nil
	}
	return fmt.Errorf("the rebuild has not ended: start transform, which goes on with it: %w", ctx.Err())
}

// rebuilding is the line of progress.
func rebuilding(partitions, live int, read, left int64, took time.Duration) string {
	if partitions == 0 {
		return "waiting for partitions: another transform may have them all"
	}
	text := fmt.Sprintf("%d of %d partitions done: %d records read, %d left", live, partitions, read, left)
	if rate := float64(read) / took.Seconds(); rate >= 1 {
		text += fmt.Sprintf(", %.0f a second, %s left", rate, time.Duration(float64(left)/rate*float64(time.Second)).Round(time.Second))
	}
	return text
}
