package capture

import (
	"fmt"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// Why a request for a snapshot is refused, in words that say what brings what it asks for.

func tableRefused(name string) error {
	t, known := magento.ByName(name)
	switch {
	case !known:
		return fmt.Errorf("the table %q is not captured: name one without the shop's prefix, such as sales_order", name)
	case t.Group == magento.Always: // of these only values of listed attributes are left out
		return fmt.Errorf("the table %q is not captured: name attributes in source.%s_attributes and start capture again, which reads their values", name, t.Root.Kind)
	}
	return fmt.Errorf("the table %q is not captured: set source.also_capture: [%s] and start capture again, which reads it", name, t.Group)
}

func domainRefused(d change.Domain, captures func(magento.Table) bool) error {
	brings := "there is none of that name"
	if tables := magento.InDomain(d); len(tables) > 0 {
		brings = fmt.Sprintf("set source.also_capture: [%s] and start capture again, which reads it", tables[0].Group)
	}
	var others []change.Domain
	for _, other := range magento.Domains() {
		if slices.ContainsFunc(magento.InDomain(other), captures) {
			others = append(others, other)
		}
	}
	return fmt.Errorf("no table of the domain %q is captured: %s; or name one of %s", d, brings, commas(others))
}

// entityRefused takes the kinds that are captured.
func entityRefused(root change.Root, kinds []string) error {
	what, hint := change.SnapshotRequest{Root: root}.What(), "name one of "+commas(kinds)+" with its number in Magento, such as order:12"
	for _, t := range magento.Tables {
		if t.Root.Kind == root.Kind() && !slices.Contains(kinds, t.Root.Kind) {
			hint = fmt.Sprintf("set source.also_capture: [%s] and start capture again, which reads it; or %s", t.Group, hint)
			break
		}
	}
	return fmt.Errorf("%q is no entity that is captured: %s", what, hint)
}

// refusal is why capture cannot do what it was asked for: err, unless the configuration asks for
// it and the shop lacks the tables.
func (c Config) refusal(r change.SnapshotRequest, err error, lacks func(magento.Table) bool) error {
	job, unasked := jobOf(r, c.Asked)
	if unasked != nil {
		return err
	}
	var absent []string
	for _, t := range job.Tables {
		name := t.Name
		if negotiable, _ := magento.ByName(magento.NegotiableTable); t.Filter == magento.NegotiatedCarts && lacks(negotiable) {
			name = negotiable.Name // without it nobody knows which carts may leave
		}
		if lacks(t) && !slices.Contains(absent, name) {
			absent = append(absent, name)
		}
	}
	if absent == nil {
		return err
	}
	text := commas(absent)
	if few := 3; len(absent) > few {
		text = fmt.Sprintf("%s and %d tables more", commas(absent[:few]), len(absent)-few)
	}
	return fmt.Errorf("nothing of %s can be read, for the shop does not have %s: once it does, capture reads it by itself", r.What(), text)
}

// commas joins names for people.
func commas[T ~string](names []T) string {
	var all []string
	for _, n := range names {
		all = append(all, string(n))
	}
	return strings.Join(all, ", ")
}
