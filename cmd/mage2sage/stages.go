package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/mage2sage/mage2sage/capture"
	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/process"
	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
	"github.com/mage2sage/mage2sage/sink"
	"github.com/mage2sage/mage2sage/transform"
)

// deps is what stages share in one process: a client of the broker, a log and a
// registry of metrics. The board is of one stage alone.
type deps struct {
	config   config.Config
	topics   *topic.Client
	log      zerolog.Logger
	registry *prometheus.Registry
	health   *health.Board
}

// A stage runs until its context ends.
type stage struct {
	name  string
	parts []config.Part
	needs func(c config.Config, partitions int) topic.Needs // of the cluster
	run   func(context.Context, deps) error
}

var (
	captureStage   = stage{"capture", []config.Part{config.Source}, captureNeeds, runCapture}
	transformStage = stage{"transform", []config.Part{config.Transform}, transformNeeds, runTransform}
	sinkStage      = stage{"sink", []config.Part{config.Postgres, config.Sage}, sinkNeeds, runSink}
)

// stages are those of run, and allParts what it needs of the config file.
var (
	stages   = []stage{captureStage, transformStage, sinkStage}
	allParts = slices.Concat(captureStage.parts, transformStage.parts, sinkStage.parts)
)

func (r *root) capture() *cobra.Command {
	return r.stage("Follow the binlog and publish row changes", captureStage)
}

func (r *root) transform() *cobra.Command {
	cmd := r.stage("Assemble row changes into canonical entities", transformStage)
	cmd.AddCommand(r.transformRebuild(), r.transformSkip())
	return cmd
}

func (r *root) sink() *cobra.Command {
	cmd := r.stage("Bring Sage to the state that the entities describe", sinkStage)
	cmd.AddCommand(r.sinkHold(), r.sinkRelease())
	return cmd
}

// stage is the command of one stage. The embedded broker lives in run, so a stage
// alone needs addresses of a real Kafka in kafka.brokers, or a run beside it.
func (r *root) stage(short string, s stage) *cobra.Command {
	return &cobra.Command{
		Use: s.name, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := r.load(s.parts...)
			if err != nil {
				return err
			}
			topics, err := c.Kafka.Dial()
			if err != nil {
				return err
			}
			defer topics.Close()
			return serve(cmd.Context(), deps{config: c, topics: topics, log: logger(c), registry: process.Registry()}, s)
		},
	}
}

// run is the command of all stages in one process:
//
//	embedded broker, when configured
//	      ▲
//	      ├── capture    MariaDB → topics
//	      ├── transform  topics → topics
//	      └── sink       topics → Postgres → Sage
func (r *root) run() *cobra.Command {
	return &cobra.Command{
		Use: "run", Short: "Run capture, transform and sink in one process", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := r.load(allParts...)
			if err != nil {
				return err
			}
			d := deps{config: c, log: logger(c), registry: process.Registry()}
			var broker *embedded.Broker
			if c.Kafka.IsEmbedded() {
				if broker, err = startBroker(c, d.log); err != nil {
					return err
				}
				defer broker.Close()
			}
			if d.topics, err = c.Kafka.Dial(); err != nil {
				return err
			}
			defer d.topics.Close()
			if broker != nil {
				d.topics.Explain = broker.Trouble
			}
			return serve(cmd.Context(), d, stages...)
		},
	}
}

func startBroker(c config.Config, log zerolog.Logger) (*embedded.Broker, error) {
	broker, err := embedded.Start(c.Kafka.DataDir, c.Kafka.Listen)
	if err != nil {
		return nil, err
	}
	log.Warn().Str("address", broker.Listens).Str("hint", "for evaluation and small shops: one node, no replication; set kafka.brokers to a real Kafka for the rest").
		Msg("embedded broker started")
	return broker, nil
}

// serve runs stages until one fails or the context ends; then all end.
func serve(ctx context.Context, d deps, stages ...stage) error {
	if err := d.topics.Ping(ctx); err != nil {
		return cmp.Or(ctx.Err(), err) // who was told to end needs no word on the broker
	}
	group, ctx := errgroup.WithContext(ctx)
	hearts := map[string]*process.Heart{}
	for _, s := range stages {
		hearts[s.name] = process.NewHeart(d.topics, d.config.Names(), d.config.Source.Name, s.name)
	}
	process.MeasureHearts(d.registry, hearts)
	view.Measure(d.registry, func(ctx context.Context) view.Facts { return gather(ctx, d.config, judgedBy(d.config)).facts() })
	group.Go(func() error {
		err := process.ServeMetrics(ctx, readyAt(d.config), d.registry, func(ctx context.Context) error {
			reached, cancel := context.WithTimeout(ctx, readyWithin)
			defer cancel()
			return errors.Join(d.topics.Ping(reached), process.Ready(hearts))
		})
		if errors.Is(err, process.ErrTaken) { // no reason to keep documents out of the books
			d.log.Warn().Str("reason", err.Error()).Msg("metrics are not served")
			return nil
		}
		return err
	})
	group.Go(func() error { warnOfTopics(ctx, d, stages); return nil })
	for _, s := range stages {
		heart, d := hearts[s.name], d
		d.health = heart.Board
		group.Go(func() error {
			err := heart.BeatWhile(ctx, func() error { return s.run(ctx, d) })
			if err != nil && ctx.Err() == nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
			return nil
		})
	}
	d.log.Info().Str("version", release).Msg("started")
	err := group.Wait()
	d.log.Info().Msg("stopped")
	return err
}

// readyWithin is how long the broker may take to answer when readiness is asked: who asks
// waits for a second, by Kubernetes' default.
const readyWithin = 700 * time.Millisecond

// readyAt is where a process says whether it is ready.
func readyAt(c config.Config) process.Address {
	return process.Address{Listen: c.Metrics.Listen, Prefix: c.Prefix}
}

func runCapture(ctx context.Context, d deps) error {
	return (&capture.Stage{
		Config: d.config.Source, Partitions: d.config.Kafka.Partitions, Replicas: d.config.Kafka.ReplicationFactor, Topics: d.topics, Names: d.config.Names(),
		TableTopics: d.config.Kafka.TableTopics, Log: d.log, Metrics: d.registry, Health: d.health,
	}).Run(ctx)
}

func runTransform(ctx context.Context, d deps) error {
	schemas, err := d.config.Kafka.SchemaRegistry.Dial()
	if err != nil {
		return err
	}
	return (&transform.Stage{
		Config: d.config.Transform, Source: d.config.Source.Name, Replicas: d.config.Kafka.ReplicationFactor, Topics: d.topics, Names: d.config.Names(),
		Log: d.log, Metrics: d.registry, Health: d.health,
		SessionTimeout: d.config.Kafka.SessionTimeout, Schemas: schemas,
	}).Run(ctx)
}

func runSink(ctx context.Context, d deps) error {
	return (&sink.Stage{
		Config: sink.Config{Postgres: d.config.Postgres, Sage: d.config.Sage, Retention: d.config.Retention}, Topics: d.topics, Names: d.config.Names(),
		Log: d.log, Metrics: d.registry, Health: d.health,
	}).Run(ctx)
}
