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

// The keys are those of Magento Open Source 2.4.8 between captured tables of reference data.
func TestWhatGoesWithReferenceDataIsFollowed(t *testing.T) {
	parents := map[string]bool{}
	for _, key := range [][3]string{
		{"eav_attribute", "entity_type_id", "eav_entity_type"},
		{"store_group", "website_id", "store_website"},
		{"store", "group_id", "store_group"},
		{"store", "website_id", "store_website"},
		{"catalog_eav_attribute", "attribute_id", "eav_attribute"},
		{"eav_attribute_option", "attribute_id", "eav_attribute"},
		{"eav_attribute_option_value", "option_id", "eav_attribute_option"},
		{"eav_attribute_option_value", "store_id", "store"},
		{"inventory_source_stock_link", "stock_id", "inventory_stock"},
		{"inventory_source_stock_link", "source_code", "inventory_source"},
		{"inventory_stock_sales_channel", "stock_id", "inventory_stock"},
	} {
		parents[key[2]] = true
		if child, known := ByName(key[0]); !known || !Follows(child, key[1], key[2]) {
			t.Errorf("%s.%s, which goes with %s, is not followed", key[0], key[1], key[2])
		}
	}
	for _, table := range Tables {
		if HasReferences(table.Name) != parents[table.Name] {
			t.Errorf("rows of the reference data hang on %s: %v, want %v", table.Name, !parents[table.Name], parents[table.Name])
		}
	}
	if labels, _ := ByName(OptionLabelTable); Follows(labels, "group_id", "customer_group") {
		t.Error("a key that a shop has added is called one that is followed")
	}
}
