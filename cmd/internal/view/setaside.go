package view

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

// A SetAside is a record that a stage has passed over, and what a person can do about it.
type SetAside struct {
	Stage     string    `json:"stage"`
	Topic     string    `json:"topic"`
	Partition int       `json:"partition"`
	Offset    int64     `json:"offset"`
	Since     time.Time `json:"since"`
	Reason    string    `json:"reason"`
	Next      string    `json:"next"`
}

// What can be done about a record, by the stage that has set it aside. Transform keeps them
// in its own folder, and reads them again whenever it takes their partition.
func nextOfSink(r postgres.SetAside) string {
	return fmt.Sprintf("mage2sage record retry %s, or skip", topic.Coordinates{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset})
}

func nextOfTransform(r health.Record) string {
	at := topic.Coordinates{Topic: r.Topic, Partition: r.Partition, Offset: r.Offset}
	return fmt.Sprintf("start transform again: it reads it once more; it heals too when the row changes; or pass over it: mage2sage transform skip --at %s --note WHY", at)
}

// SetAsideBySink lists the records that Postgres knows of.
func SetAsideBySink(ctx context.Context, db *postgres.DB) ([]SetAside, error) {
	known, err := db.SetAside(ctx)
	all := []SetAside{}
	for _, r := range known {
		all = append(all, SetAside{"sink", r.Topic, r.Partition, r.Offset, r.Since, r.Reason, nextOfSink(r)})
	}
	return all, err
}

// SetAsideByOthers lists the records that the stages at work say of themselves, the first
// of each partition where there are many.
func SetAsideByOthers(ctx context.Context, c *topic.Client, names topic.Names, source string) ([]SetAside, error) {
	state, err := c.ReadSourceState(ctx, names, source)
	if err != nil {
		return nil, err
	}
	var all []SetAside
	for key, beat := range state.Heartbeats {
		for _, t := range beat.Troubles {
			all = append(all, ofTrouble(key.Stage, t)...)
		}
	}
	slices.SortFunc(all, func(a, b SetAside) int {
		return cmp.Or(strings.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	return slices.Compact(all), nil
}

func ofTrouble(stage string, t health.Trouble) (all []SetAside) {
	for _, r := range t.Records {
		all = append(all, SetAside{stage, r.Topic, r.Partition, r.Offset, t.Since, r.Reason, nextOfTransform(r)})
	}
	return all
}
