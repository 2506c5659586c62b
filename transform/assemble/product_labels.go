package assemble

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/magento"
)

// optionLabels are what the options of a value are called in a store, in the value's order:
// by the store's own name of each, or else the one for all stores. Options without a name,
// such as one that was deleted, are left out. A value that is not chosen from a list has none.
func optionLabels(v productValue, store int, ref Reference) (all []string) {
	for _, option := range optionsOf(v, ref) {
		byStore, _ := ref.OptionLabels(option)
		if label := cmp.Or(byStore[store], byStore[0]); label != "" {
			all = append(all, label)
		}
	}
	return all
}

// optionsOf are the ids of a value that is chosen from a list.
func optionsOf(v productValue, ref Reference) (all []uint64) {
	attribute, _ := ref.ProductAttribute(v.AttributeID)
	if !hasOptions(attribute) {
		return nil
	}
	for text := range strings.SplitSeq(v.text, ",") {
		if option, err := strconv.ParseUint(strings.TrimSpace(text), 10, 64); err == nil {
			all = append(all, option)
		}
	}
	return all
}

// hasOptions reports whether an attribute's values are chosen from eav_attribute_option. Those
// with another source model have a list that stands in Magento's code.
func hasOptions(a magento.Attribute) bool {
	if a.FrontendInput == nil || *a.FrontendInput != "select" && *a.FrontendInput != "multiselect" {
		return false
	}
	return a.SourceModel == nil || *a.SourceModel == "" || strings.HasSuffix(*a.SourceModel, `\Source\Table`)
}

// stores are those that may differ from all others: by values of their own, or by what they
// call an option.
func (s scopedValues) stores(ref Reference) []int {
	all := map[int]bool{}
	for store := range s {
		all[store] = true
	}
	for _, v := range s[0] {
		for _, option := range optionsOf(v, ref) {
			byStore, _ := ref.OptionLabels(option)
			for store := range byStore {
				all[store] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// renamed are the labels, by the attribute's code, of the values that a store takes over from
// all stores and calls otherwise.
func (s scopedValues) renamed(store int, ref Reference) map[string][]string {
	all := map[string][]string{}
	for code, v := range s[0] {
		if own, ok := s[store][code]; ok && own.text != v.text {
			continue
		}
		if labels := optionLabels(v, store, ref); !slices.Equal(labels, optionLabels(v, 0, ref)) {
			all[code] = labels
		}
	}
	return all
}
