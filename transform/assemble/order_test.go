package assemble

import (
	"fmt"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

// TestABundleIsALineWhereItsChildrenHaveNoMoney holds that nothing counts twice: the parent of
// a bundle at a dynamic price repeats what its children have.
func TestABundleIsALineWhereItsChildrenHaveNoMoney(t *testing.T) {
	for name, c := range map[string]struct {
		child string
		lines string
	}{
		"nothing":                  {`"row_total":"0.0000","tax_amount":null`, "1"},
		"a price":                  {`"row_total":"5.0000"`, "2"},
		"a tax alone":              {`"row_total":"0.0000","tax_amount":"0.0100"`, "2"},
		"a discount alone":         {`"row_total":"0.0000","discount_amount":"0.0100"`, "2"},
		"a fixed product tax only": {`"row_total":"0.0000","weee_tax_applied_row_amount":"0.0100"`, "2"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := Assemble(Input{Root: "order/7", Rows: []Row{
				row("sales_order", 7, `{"entity_id":7}`),
				row("sales_order_item", 1, `{"item_id":1,"product_type":"bundle","row_total":"5.0000","tax_amount":"0.0100"}`),
				row("sales_order_item", 2, `{"item_id":2,"parent_item_id":1,"product_type":"simple",`+c.child+`}`),
			}}, somewhere{})
			if err != nil {
				t.Fatal(err)
			}
			var lines string
			for _, l := range a.Entities[0].(*canonical.Order).Lines {
				lines += fmt.Sprint(l.OrderItemID)
			}
			if lines != c.lines {
				t.Errorf("where the child has %s the lines are items %s, want %s", name, lines, c.lines)
			}
		})
	}
}
