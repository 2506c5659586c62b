package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/raw"
)

func TestEveryEntityHasItsTopicInTheList(t *testing.T) {
	c := config.Config{Prefix: "shop"}
	c.Kafka.Partitions = 3
	all := map[string]listedTopic{}
	for _, l := range topicsOf(c) {
		if _, again := all[l.Topic]; again || l.Key == "" || l.Holds == "" || l.Partitions == 0 {
			t.Errorf("%+v lacks something, or is there twice", l)
		}
		all[l.Topic] = l
	}
	for _, info := range canonical.Kinds() {
		if l := all["shop.canonical."+string(info.Kind)]; l.Partitions != 3 || canonical.ID(l.Key).Kind() != info.Kind || l.LagSeconds != 7*24*3600 {
			t.Errorf("the topic of %s is %+v", info.Kind, l)
		}
	}
	if l := all["shop.sales"]; l.TombstoneSeconds != 14*24*3600 || !strings.Contains(l.Key, "table") {
		t.Errorf("the raw topic is %+v", l)
	}
	if len(all) != len(canonical.Kinds())+5 {
		t.Errorf("%d topics, want those of the entities, four domains and the offsets", len(all))
	}
}

func TestASchemaIsPrintedAsItIs(t *testing.T) {
	var out bytes.Buffer
	if err := printSchema(&out, "invoice"); err != nil || out.String() != string(canonical.Schema(canonical.KindInvoice)) {
		t.Errorf("%v, and %d bytes", err, out.Len())
	}
	for name, want := range map[string][]byte{
		"customer": canonical.Schema(canonical.KindCustomer), "raw.customer": raw.Schema(change.Customer), "raw.sales": raw.Schema(change.Sales), "sales": raw.Schema(change.Sales),
	} {
		out.Reset()
		if err := printSchema(&out, name); err != nil || out.String() != string(want) || len(want) == 0 {
			t.Errorf("%s: %v, and %d bytes", name, err, out.Len())
		}
	}
	for _, name := range []string{"parcel", "raw.invoice", "raw."} {
		if err := printSchema(&out, name); err == nil || !strings.Contains(err.Error(), "creditmemo") || !strings.Contains(err.Error(), "raw.catalog") {
			t.Errorf("the schema of %s: %v, want the names that there are", name, err)
		}
	}
}
