package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/raw"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// topics is for those who read them: it asks no server.
func (r *root) topics() *cobra.Command {
	var schema string
	var show *output
	cmd := &cobra.Command{
		Use: "topics", Short: "List the topics of a configuration: keys, partitions, what they hold; or print the JSON Schema of one", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := show.check(); err != nil {
				return err
			}
			if schema != "" {
				return printSchema(cmd.OutOrStdout(), schema)
			}
			c, err := r.load()
			if err != nil {
				return err
			}
			all := topicsOf(c)
			return show.print(cmd.OutOrStdout(), all, func(w io.Writer) { printTopics(w, all) })
		},
	}
	show = outputFlag(cmd)
	cmd.Flags().StringVar(&schema, "schema", "", "print the JSON Schema of this entity or raw topic, such as invoice or raw.sales")
	return cmd
}

// rawSchema begins the names of the schemas of raw topics: customer is an entity, too.
const rawSchema = "raw."

// printSchema prints the schema of an entity, such as invoice, or of a raw topic, such as raw.sales.
func printSchema(w io.Writer, name string) error {
	text := canonical.Schema(canonical.Kind(name))
	if text == nil {
		text = raw.Schema(change.Domain(strings.TrimPrefix(name, rawSchema)))
	}
	if text == nil {
		return &usageError{fmt.Errorf("--schema %q: write one of %s, %s%s", name, strings.Join(kindNames(), ", "), rawSchema, strings.Join(raw.Domains(), ", "+rawSchema))}
	}
	_, err := terminal{w}.Write(text)
	return err
}

// A listedTopic is a topic as somebody sees it who reads it.
type listedTopic struct {
	Topic      string `json:"topic"`
	Partitions int    `json:"partitions"`
	Key        string `json:"key"` // an example
	Holds      string `json:"holds"`
	Cleanup    string `json:"cleanup"`
	// LagSeconds is how long every record is kept before newer ones of its key replace it, and
	// TombstoneSeconds how long deletes are told; 0 is the cluster's default.
	LagSeconds       int64 `json:"min_compaction_lag_seconds,omitempty"`
	TombstoneSeconds int64 `json:"delete_retention_seconds,omitempty"`
}

// topicsOf are those that the stages make.
func topicsOf(c config.Config) (all []listedTopic) {
	for _, t := range captureNeeds(c, c.Kafka.Partitions).And(transformNeeds(c, c.Kafka.Partitions)).Made() {
		key, holds := whatIsIn(c.Names(), t.Name)
		all = append(all, listedTopic{
			Topic: t.Name, Partitions: t.Partitions, Key: key, Holds: holds, Cleanup: "compact",
			LagSeconds: int64(t.MinCompactionLag / time.Second), TombstoneSeconds: int64(t.DeleteRetention / time.Second),
		})
	}
	return all
}

// whatIsIn describes a topic by its name.
func whatIsIn(names topic.Names, name string) (key, holds string) {
	for _, info := range canonical.Kinds() {
		if name != names.Canonical(string(info.Kind)) {
			continue
		}
		id := canonical.NewID(info.Kind, 12)
		if info.Kind == canonical.KindStock {
			id = canonical.NewSKUID(info.Kind, "24-MB01")
		}
		return string(id), "the newest state of every " + string(info.Kind) + ", JSON with CloudEvents headers"
	}
	for _, d := range []change.Domain{change.Reference, change.Customer, change.Sales, change.Catalog} {
		if name == names.Raw(d) {
			return `{"table":"…","pk":{…}}`, "row changes of the domain " + string(d) + ", Debezium's envelope, and control records"
		}
	}
	if name == names.Offsets() {
		return `{"source":"…"}`, "positions, progress, requests and heartbeats: for the stages alone"
	}
	return `{"entity_id":12}`, "row changes of one table, as Debezium writes them"
}

func printTopics(w io.Writer, all []listedTopic) {
	t := newTable(w, "TOPIC", "PARTITIONS", "KEY", "EVERY STATE FOR", "DELETES FOR", "HOLDS")
	for _, l := range all {
		t.row(l.Topic, l.Partitions, l.Key, days(l.LagSeconds), days(l.TombstoneSeconds), l.Holds)
	}
	t.Flush()
}

// days is a span in days; "" is the cluster's default.
func days(seconds int64) string {
	if seconds == 0 {
		return ""
	}
	return fmt.Sprintf("%d d", seconds/int64((24*time.Hour)/time.Second))
}
