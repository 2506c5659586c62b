package reference

import (
	"hash/fnv"
	"maps"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// Options have names by the hundred thousand, where other reference data have some hundred rows.
// So they are kept by shard: a row that changes costs its shard, and views share the others.
const shards = 1024

// An optionNames holds the rows of options and of their names.
type optionNames struct {
	all [shards]shard
	at  map[string]place // of every row that is kept, by Row.id
}

// A place is where a row is kept.
type place struct {
	shard  uint64
	option uint64
}

// A shard holds the options whose ids give its number.
type shard struct {
	options map[uint64]Row   // by id
	labels  map[string]named // by Row.id
	made    *shardNames      // nil where rows have changed since
}

// A named is a row that says what an option is called in a store.
type named struct {
	magento.OptionLabel
	version          change.Version
	created, deleted bool
}

// shardNames is what a view has of a shard; it does not change.
type shardNames struct {
	names      map[uint64]map[int]string // of options, by store
	relabelled change.Version
}

// put takes a row in the place of what was known of it. Names that are gone are kept, too: an
// option that is called nothing any more is called otherwise.
func (o *optionNames) put(row Row) error {
	if o.at == nil {
		o.at = map[string]place{}
	}
	before, known := o.at[row.id()]
	o.remove(row)
	if row.Table == magento.OptionTable {
		return o.putOption(row)
	}
	label := named{version: row.Version, created: row.Created, deleted: row.Deleted}
	switch {
	case row.Deleted && known:
		o.keep(row, before).labels[row.id()] = label
		return nil
	case row.Deleted:
		h := fnv.New64a()
		h.Write([]byte(row.PK))
		o.keep(row, place{shard: h.Sum64() % shards}).labels[row.id()] = label
		return nil
	}
	columns, err := decode[magento.OptionLabel](row)
	if err != nil {
		return err
	}
	label.OptionLabel = columns
	o.keep(row, place{columns.OptionID % shards, columns.OptionID}).labels[row.id()] = label
	return nil
}

func (o *optionNames) putOption(row Row) error {
	if row.Deleted {
		return nil
	}
	columns, err := decode[magento.AttributeOption](row)
	if err != nil {
		return err
	}
	row.Value = nil
	o.keep(row, place{columns.OptionID % shards, columns.OptionID}).options[columns.OptionID] = row
	return nil
}

// keep notes where a row is, and returns the shard, which has to be made anew.
func (o *optionNames) keep(row Row, at place) *shard {
	o.at[row.id()] = at
	s := &o.all[at.shard]
	if s.options == nil {
		s.options, s.labels = map[uint64]Row{}, map[string]named{}
	}
	s.made = nil
	return s
}

func (o *optionNames) remove(row Row) {
	at, known := o.at[row.id()]
	if !known {
		return
	}
	delete(o.at, row.id())
	s := &o.all[at.shard]
	s.made = nil
	if delete(s.labels, row.id()); row.Table == magento.OptionTable {
		delete(s.options, at.option)
	}
}

// names are those of all options by now, and the version of the newest row by which one that
// products may have already got or lost a name.
func (o *optionNames) names() (all [shards]*shardNames, relabelled change.Version) {
	for i := range o.all {
		s := &o.all[i]
		if s.made == nil {
			s.made = s.make()
		}
		all[i] = s.made
		relabelled = change.Latest(relabelled, s.made.relabelled)
	}
	return all, relabelled
}

// make puts the names of a shard in order. The names that came with their option have not
// relabelled it: an import makes thousands of options, and no product has one before it is
// there.
func (s *shard) make() *shardNames {
	made := &shardNames{names: map[uint64]map[int]string{}}
	for _, id := range slices.Sorted(maps.Keys(s.labels)) {
		l := s.labels[id]
		option, known := s.options[l.OptionID]
		if !(known && !l.deleted && l.created && option.Created && l.version == option.Version) {
			made.relabelled = change.Latest(made.relabelled, l.version)
		}
		if l.deleted || l.Value == nil || *l.Value == "" {
			continue
		}
		if made.names[l.OptionID] == nil {
			made.names[l.OptionID] = map[int]string{}
		}
		made.names[l.OptionID][l.StoreID] = *l.Value
	}
	return made
}

// labelState stands for the names of all options in a fingerprint: it is another one where an
// option that products may have is called otherwise, and the same where there are more of them.
type labelState struct {
	Relabelled change.Version
	Reading    string // that of New
}

// OptionLabels are the names of an option by store, and none where it has none. Store 0 has
// the name for all stores that have none of their own.
func (v *View) OptionLabels(option uint64) (byStore map[int]string, ok bool) {
	byStore, ok = v.labels[option%shards].names[option]
	return byStore, ok
}
