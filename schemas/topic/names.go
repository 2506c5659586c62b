// Package topic is the only code that speaks Kafka: names and partitions of the
// topics, producing, fetching, consumer groups, and bookmarks that a reader can
// trust.
//
//	Client.Ensure           makes the topics and checks their partition counts
//	Client.Produce          one partition, in order, acknowledged by all, stops at the first failure
//	Client.Fetch            one partition from an offset; ReadTo reads to a known end
//	Client.Consume          a consumer group that only assigns partitions: readers keep their own offsets
//	Client.VerifyBookmark   a bookmark is good only while the record before it is still the same
//	ReadCheckpoint          how far capture has come with a source, from the offsets topic
//
// It repeats reads while a broker restarts or a leader moves, and nothing else.
// A failed write is returned to the caller, because only the caller knows from
// where a repetition is harmless.
//
// It does not know what the records mean: that is schemas/change and
// schemas/canonical. The offsets topic is the one exception, because transform
// and commands read it as well as capture.
package topic

import (
	"strings"

	"github.com/segmentio/kafka-go"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// Names gives topics their names under a prefix.
type Names struct{ Prefix string }

// Raw is the topic of a domain's row changes: "mage2sage.sales".
func (n Names) Raw(d change.Domain) string { return n.Prefix + "." + string(d) }

// Table is the topic of a table of the shop's, by its name there: "mage2sage.magento.m2_sales_order".
// What may not stand in a topic's name is "_" in it, as Debezium has it.
func (n Names) Table(database, table string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return '_'
	}, n.Prefix+"."+database+"."+table)
}

// Canonical is the topic of an entity: "mage2sage.canonical.invoice".
func (n Names) Canonical(entity string) string { return n.Prefix + ".canonical." + entity }

// Offsets is the topic of checkpoints and of snapshot progress.
func (n Names) Offsets() string { return n.Prefix + ".offsets" }

// Group is a stage's consumer group: "mage2sage.transform".
func (n Names) Group(stage string) string { return n.Prefix + "." + stage }

// Partition returns the partition that holds everything about a root, in raw and in
// canonical topics alike: murmur2 of the root's text, as Kafka's Java clients place a key.
func Partition(root change.Root, partitions int) int {
	return murmur2.Balance(kafka.Message{Key: []byte(root)}, partitionNumbers(partitions)...)
}

var murmur2 = kafka.Murmur2Balancer{Consistent: true}

// firstNumbers holds 0, 1, 2, …, so that Partition does not allocate: capture calls
// it for every row. 256 is the most partitions that a config file may ask for.
var firstNumbers = func() (all [256]int) {
	for i := range all {
		all[i] = i
	}
	return all
}()

func partitionNumbers(n int) []int {
	if n <= len(firstNumbers) {
		return firstNumbers[:n]
	}
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}
