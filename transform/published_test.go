package transform

import (
	"fmt"
	"sort"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A published record of a canonical topic, decoded.
type published struct {
	id      canonical.ID
	kind    string // ce_type
	version change.Version
	entity  canonical.Entity
	value   string
}

// emissions reads the canonical topics from their beginnings: by partition and kind. Which
// kinds the test names, else those of which few rows make one.
func (w *world) emissions(kinds ...canonical.Kind) (all []published) {
	w.t.Helper()
	if len(kinds) == 0 {
		kinds = []canonical.Kind{canonical.KindInvoice, canonical.KindCreditMemo, canonical.KindCustomer, canonical.KindCompany, canonical.KindEstimate, canonical.KindProduct}
	}
	for _, k := range kinds {
		for p := range partitions {
			_, err := w.client.ReadAll(w.t.Context(), w.names.Canonical(string(k)), p, func(r topic.Record) error {
				e, err := canonical.Decode(k, r.Value)
				if err != nil {
					return err
				}
				v, err := change.ParseVersion(r.Header("version"))
				if string(r.Key) != string(e.ID()) || r.Header("ce_id") != string(e.ID())+"@"+v.String() {
					w.t.Errorf("record of %s has key %s and ce_id %s", e.ID(), r.Key, r.Header("ce_id"))
				}
				if topic.Partition(e.Head().Source.Root, partitions) != p {
					w.t.Errorf("%s of root %s stands in partition %d", e.ID(), e.Head().Source.Root, p)
				}
				all = append(all, published{e.ID(), r.Header("ce_type"), v, e, string(r.Value)})
				return err
			})
			w.must(err)
		}
	}
	return all
}

// newest is the last state of every entity: its content, by id. No version may fall, and none
// may have two contents.
func (w *world) newest(kinds ...canonical.Kind) map[canonical.ID]string {
	w.t.Helper()
	versions, says := map[canonical.ID]change.Version{}, map[string]string{}
	return w.contents(func(e published) {
		content, err := contentOf(e.entity)
		w.must(err)
		at := fmt.Sprintf("%s@%s", e.id, e.version)
		if says[at] != "" && says[at] != string(content) {
			w.t.Errorf("%s is two things:\n%s\n%s", at, says[at], content)
		}
		says[at] = string(content)
		if e.version.Before(versions[e.id]) {
			w.t.Errorf("%s falls from version %s to %s", e.id, versions[e.id], e.version)
		}
		versions[e.id] = e.version
	}, kinds...)
}

// contents is the content of the last record of every entity; each sees them all.
func (w *world) contents(each func(published), kinds ...canonical.Kind) map[canonical.ID]string {
	w.t.Helper()
	out := map[canonical.ID]string{}
	for _, e := range w.emissions(kinds...) {
		each(e)
		content, err := contentOf(e.entity)
		w.must(err)
		out[e.id] = string(content)
	}
	return out
}

// types lists the events of one entity in order.
func (w *world) types(id canonical.ID) (all []string) {
	for _, e := range w.emissions() {
		if e.id == id {
			all = append(all, e.kind)
		}
	}
	return all
}

func sortedIDs(m map[canonical.ID]string) (ids []string) {
	for id := range m {
		ids = append(ids, string(id))
	}
	sort.Strings(ids)
	return ids
}
