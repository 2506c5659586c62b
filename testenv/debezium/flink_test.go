package debezium_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/topic"
)

// flinkReads is what Flink's debezium-json wants of a record, by its
// DebeziumJsonDeserializationSchema: it passes over tombstones, takes before, after and op from
// the top where the schema is not included, and fails on anything else than this.
func flinkReads(r topic.Record) error {
	if r.Value == nil {
		return nil
	}
	var e struct {
		Before, After *map[string]json.RawMessage
		Op            string
	}
	if err := json.Unmarshal(r.Value, &e); err != nil {
		return err
	}
	switch e.Op {
	case "c", "r":
		if e.After == nil {
			return fmt.Errorf("op %s without after", e.Op)
		}
	case "u":
		if e.Before == nil || e.After == nil {
			return fmt.Errorf("op u without before and after: the source's images are not FULL")
		}
	case "d":
		if e.Before == nil {
			return fmt.Errorf("op d without before")
		}
	default:
		return fmt.Errorf("unknown op %q", e.Op)
	}
	return nil
}

// flink sees that Flink reads every record that ours has written.
func (c *comparison) flink() {
	c.t.Helper()
	read := 0
	for _, table := range c.tables() {
		for _, r := range c.read(c.ours.Table(c.config.Database, tablePrefix+table.Name)) {
			if err := flinkReads(r); err != nil {
				c.report("%s %s: Flink would not read %s: %v", table.Name, r.Key, r.Value, err)
			}
			read++
		}
	}
	c.t.Logf("Flink's debezium-json reads all %d records", read)
}

func TestFlinksRulesRefuseWhatFlinkRefuses(t *testing.T) {
	for value, reads := range map[string]bool{
		`{"before":null,"after":{"a":1},"op":"c"}`: true, `{"before":{"a":1},"after":null,"op":"d"}`: true, `{"before":{},"after":{},"op":"u"}`: true,
		`{"before":null,"after":null,"op":"r"}`: false, `{"before":null,"after":{"a":1},"op":"u"}`: false, `{"before":null,"after":null,"op":"d"}`: false,
		`{"before":null,"after":{"a":1},"op":"x"}`: false, `{"before":null,"after":{"a":1}}`: false, `[]`: false,
	} {
		if err := flinkReads(topic.Record{Value: []byte(value)}); (err == nil) != reads {
			t.Errorf("%s: %v", value, err)
		}
	}
	if err := flinkReads(topic.Record{}); err != nil {
		t.Errorf("a tombstone: %v", err)
	}
}
