package magento

import (
	"slices"
	"testing"
)

func TestALinkJoinsCapturedTablesByACapturedColumn(t *testing.T) {
	for _, l := range Links {
		child, known := ByName(l.Table)
		parent, parentKnown := ByName(l.Parent)
		if !known || !parentKnown || !slices.Contains(child.Columns, l.Column) || len(parent.PK) != 1 {
			t.Errorf("%+v is none between captured tables", l)
		}
	}
	if n := len(LinksTo(AttributeTable)); n != 15 {
		t.Errorf("%d tables of values link to attributes, want all 15", n)
	}
}
