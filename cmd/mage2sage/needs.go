package main

import (
	"context"

	"github.com/mage2sage/mage2sage/capture"
	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink"
	"github.com/mage2sage/mage2sage/transform"
)

func captureNeeds(c config.Config, partitions int) topic.Needs {
	needs := capture.Needs(c.Names(), partitions, c.Kafka.ReplicationFactor)
	if c.Kafka.TableTopics {
		needs = needs.And(capture.TableNeeds(c.Names(), c.Source, partitions, c.Kafka.ReplicationFactor))
	}
	return needs
}

func transformNeeds(c config.Config, partitions int) topic.Needs {
	return transform.Needs(c.Names(), func(change.Domain) int { return partitions }, c.Kafka.ReplicationFactor)
}

func sinkNeeds(c config.Config, _ int) topic.Needs { return sink.Needs(c.Names()) }

// needsOf unites what the stages of a process want of the cluster.
func needsOf(c config.Config, partitions int, stages []stage) (all topic.Needs) {
	for _, s := range stages {
		if s.needs != nil {
			all = all.And(s.needs(c, partitions))
		}
	}
	return all
}

// warnOfTopics logs what topics that are there have otherwise than we would make them.
// Where that cannot be asked, doctor says why.
func warnOfTopics(ctx context.Context, d deps, stages []stage) {
	found, err := d.topics.Differences(ctx, needsOf(d.config, d.config.Kafka.Partitions, stages))
	if err != nil && ctx.Err() == nil {
		d.log.Debug().Str("reason", err.Error()).Msg("settings of the topics are not known")
	}
	for _, f := range found {
		d.log.Warn().Str("reason", f.Problem).Str("hint", f.Hint).Msg("a topic is set otherwise than it would be made")
	}
}
