package topic_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

func TestNamesOfTopicsAndGroupsKeepTheirShape(t *testing.T) {
	n := topic.Names{Prefix: "m"}
	for want, got := range map[string]string{
		"m.sales": n.Raw(change.Sales), "m.reference": n.Raw(change.Reference),
		"m.canonical.invoice": n.Canonical("invoice"), "m.offsets": n.Offsets(), "m.transform": n.Group("transform"),
	} {
		t.Run(want, func(t *testing.T) {
			if got != want {
				t.Errorf("it is %q: consumers and saved offsets would be lost", got)
			}
		})
	}
}

// murmur2 is the hash of Kafka's Java clients, written down from its definition.
func murmur2(data []byte) uint32 {
	const m, seed = uint32(0x5bd1e995), uint32(0x9747b28c)
	h := seed ^ uint32(len(data))
	for ; len(data) >= 4; data = data[4:] {
		k := uint32(data[0]) | uint32(data[1])<<8 | uint32(data[2])<<16 | uint32(data[3])<<24
		k *= m
		k ^= k >> 24
		h = h*m ^ k*m
	}
	for i := len(data) - 1; i >= 0; i-- {
		h ^= uint32(data[i]) << (8 * i)
	}
	if len(data) > 0 {
		h *= m
	}
	h ^= h >> 13
	h *= m
	return h ^ h>>15
}

func TestTheWrittenDownHashGivesKafkasOwnVectors(t *testing.T) {
	// From UtilsTest.testMurmur2 of Kafka's clients.
	for key, want := range map[string]int32{
		"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536,
		"a-little-bit-longer-string": -1486304829, "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971, "abc": 479470107,
	} {
		t.Run(key, func(t *testing.T) {
			if got := int32(murmur2([]byte(key))); got != want {
				t.Fatalf("the hash is %d, want %d", got, want)
			}
			if got, want := topic.Partition(change.Root(key), 7), int(uint32(want)&0x7fffffff%7); got != want {
				t.Errorf("it goes to partition %d of 7, want %d", got, want)
			}
		})
	}
}

func TestEveryRootGoesWhereKafkasPartitionerPutsIt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		root := change.Root(rapid.StringN(1, 40, -1).Draw(t, "root"))
		n := rapid.IntRange(1, 300).Draw(t, "partitions")
		if got, want := topic.Partition(root, n), int(murmur2([]byte(root))&0x7fffffff)%n; got != want {
			t.Fatalf("%q goes to partition %d of %d, want %d", root, got, n, want)
		}
	})
}

func TestCoordinatesAreTopicPartitionAndOffset(t *testing.T) {
	if got := (topic.Coordinates{Topic: "m.sales", Partition: 3, Offset: 17}).String(); got != "m.sales/3@17" {
		t.Errorf("they print as %s", got)
	}
}
