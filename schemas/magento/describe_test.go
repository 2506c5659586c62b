package magento

import (
	"strings"
	"testing"
)

func TestEveryTableAndColumnSaysWhatItIs(t *testing.T) {
	used := map[string]bool{}
	for _, table := range Tables {
		if len(table.Describe()) < 10 {
			t.Errorf("nobody is told what a row of %s is: say it in tableWords", table.Name)
		}
		all := table.Describes()
		if len(all) != len(table.Columns) {
			t.Errorf("%s describes %d columns and has %d", table.Name, len(all), len(table.Columns))
		}
		for i, c := range all {
			used[table.Name+"."+c.Name] = true
			if c.Name != table.Columns[i] || c.Type == "" {
				t.Errorf("%s describes %+v, and its column is %s", table.Name, c, table.Columns[i])
			}
			if len(c.Words) < 5 {
				t.Errorf("nobody is told what %s.%s holds: say it in columnWords, or in ownWords where it is the table's own", table.Name, c.Name)
			}
		}
	}
	for place := range ownWords {
		if !used[place] {
			t.Errorf("ownWords speaks of %s, which is not captured", place)
		}
	}
}

func TestColumnsHaveTheTypeThatCaptureWrites(t *testing.T) {
	for place, want := range map[string]Column{
		"sales_order.entity_id":                {Type: Integer},
		"sales_order.store_id":                 {Type: Integer, Null: true},
		"sales_order.grand_total":              {Type: Decimal, Null: true},
		"sales_order.state":                    {Type: Text, Null: true},
		"sales_order.created_at":               {Type: Time, Null: true},
		"sales_invoice.state":                  {Type: Integer, Null: true},
		"customer_entity_varchar.value":        {Type: Text, Null: true},
		"customer_entity_int.value":            {Type: Integer, Null: true},
		"catalog_product_entity_decimal.value": {Type: Decimal, Null: true},
		"customer_entity_datetime.value":       {Type: Time, Null: true},
		"core_config_data.value":               {Type: Text, Null: true},
		"catalog_product_entity.entity_id":     {Type: Integer, Null: true},
	} {
		name, column, _ := strings.Cut(place, ".")
		table, _ := ByName(name)
		for _, c := range table.Describes() {
			if c.Name == column && (c.Type != want.Type || c.Null != want.Null) {
				t.Errorf("%s is %+v, want %+v", place, c, want)
			}
		}
	}
	quote, _ := ByName("quote")
	for _, c := range quote.Describes() {
		if c.Name == "base_grand_total" && !strings.HasSuffix(c.Words, "in the base currency") {
			t.Errorf("base_grand_total is %q", c.Words)
		}
	}
}
