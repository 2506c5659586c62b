package state

import (
	"slices"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/topic"
)

func TestWhatIsSetAsideIsKeptByPartitionAndGoesWithItsPipeline(t *testing.T) {
	dir := t.TempDir()
	db, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.BelongTo("P1"); err != nil {
		t.Fatal(err)
	}
	place := func(name string, partition int, offset int64) Aside {
		return Aside{topic.Coordinates{Topic: name, Partition: partition, Offset: offset}, "key", "it does not decode", "order/7"}
	}
	first, second, big := place("m.sales", 1, 7), place("m.sales", 1, 300), place("m.sales", 256, 7)
	for _, a := range []Aside{second, first, big, place("m.sale", 1, 7), first} {
		if err := db.SetAside(a); err != nil {
			t.Fatal(err)
		}
	}
	kept := func(partition int, want ...Aside) {
		t.Helper()
		if all, err := db.Asides("m.sales", partition); err != nil || !slices.Equal(all, want) {
			t.Errorf("of partition %d are kept %v, %v; want %v", partition, all, err, want)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if db, err = Open(dir); err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	kept(1, first, second)
	if err := db.DropAside(first.At); err != nil {
		t.Fatal(err)
	}
	kept(1, second)
	if err := db.DropAsides("m.sales", 1); err != nil {
		t.Fatal(err)
	}
	kept(1)
	kept(256, big)
	if _, err := db.BelongTo("P2"); err != nil {
		t.Fatal(err)
	}
	kept(256)
}
