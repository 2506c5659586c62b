package reference

import (
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A labelRow is what an option is called in a store, with the row that says so.
type labelRow struct {
	magento.OptionLabel
	row Row
}

func (r *reader) option(row Row) error {
	if row.Deleted {
		return nil
	}
	o, err := decode[magento.AttributeOption](row)
	if err == nil {
		r.options[o.OptionID] = row
	}
	return err
}

// label keeps rows that are gone, too: an option that is called nothing any more is called
// otherwise.
func (r *reader) label(row Row) error {
	if row.Deleted {
		r.labels = append(r.labels, labelRow{row: row})
		return nil
	}
	l, err := decode[magento.OptionLabel](row)
	if err == nil {
		r.labels = append(r.labels, labelRow{l, row})
	}
	return err
}

// labelsOf are the names of options by store.
func (r *reader) labelsOf() map[uint64]map[int]string {
	all := map[uint64]map[int]string{}
	for _, l := range r.labels {
		if l.row.Deleted || l.Value == nil || *l.Value == "" {
			continue
		}
		if all[l.OptionID] == nil {
			all[l.OptionID] = map[int]string{}
		}
		all[l.OptionID][l.StoreID] = *l.Value
	}
	return all
}

// labelState stands for the names of all options in a fingerprint: it is another one where an
// option that products may have is called otherwise, and the same where there are more of them.
type labelState struct {
	Relabelled change.Version
	Reading    string // that of New
}

// relabelled is the version of the newest row by which an option that products may have
// already got or lost a name. The names that came with their option are none: an import
// makes thousands of options, and no product has one before it is there.
func (r *reader) relabelled() (newest change.Version) {
	for _, l := range r.labels {
		option, known := r.options[l.OptionID]
		if known && !l.row.Deleted && l.row.Created && option.Created && l.row.Version == option.Version {
			continue
		}
		newest = change.Latest(newest, l.row.Version)
	}
	return newest
}

// OptionLabels are the names of an option by store, and none where it has none. Store 0 has
// the name for all stores that have none of their own.
func (v *View) OptionLabels(option uint64) (byStore map[int]string, ok bool) {
	byStore, ok = v.labels[option]
	return byStore, ok
}
