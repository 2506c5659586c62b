package magento

import (
	"encoding/json"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// rows gives the type that each table is decoded into.
var rows = map[string]any{
	"store_website": Website{}, "store_group": StoreGroup{}, "store": Store{}, "core_config_data": Config{},
	"eav_entity_type": EntityType{}, "eav_attribute": Attribute{}, "customer_group": CustomerGroup{}, "tax_class": TaxClass{},
	"customer_entity": Customer{}, "customer_address_entity": CustomerAddress{},
	"sales_order": Order{}, "sales_order_item": OrderItem{}, "sales_order_address": OrderAddress{}, "sales_order_payment": OrderPayment{},
	"sales_order_tax": OrderTax{}, "sales_order_tax_item": OrderTaxItem{},
	"sales_invoice": Invoice{}, "sales_invoice_item": DocumentItem{},
	"sales_creditmemo": CreditMemo{}, "sales_creditmemo_item": CreditMemoItem{},
}

// rowOf is the type of a table's rows; all value tables share one.
func rowOf(t *testing.T, table Table) reflect.Type {
	t.Helper()
	if row, ok := rows[table.Name]; ok {
		return reflect.TypeOf(row)
	}
	if table.Filter != ListedAttributes {
		t.Fatalf("%s is captured, and this test does not know its type", table.Name)
	}
	return reflect.TypeFor[Value]()
}

func TestEveryColumnIsAFieldOfTheTablesTypeAndTheOtherWayRound(t *testing.T) {
	for _, table := range Tables {
		t.Run(table.Name, func(t *testing.T) {
			row := reflect.New(rowOf(t, table))
			text, err := json.Marshal(row.Interface())
			if err != nil {
				t.Fatal(err)
			}
			var fields map[string]json.RawMessage
			if err := json.Unmarshal(text, &fields); err != nil {
				t.Fatal(err)
			}
			for _, c := range table.Columns {
				if _, ok := fields[c]; !ok {
					t.Errorf("column %q is no field: it would be sent and dropped", c)
				}
				delete(fields, c)
			}
			for name := range fields {
				t.Errorf("field %q is no column: it would always be zero", name)
			}
		})
	}
}

func TestColumnsAreNamesOfColumnsAndNoneIsListedTwice(t *testing.T) {
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	for _, table := range Tables {
		t.Run(table.Name, func(t *testing.T) {
			if !name.MatchString(table.Name) {
				t.Error("this is no name of a table")
			}
			seen := map[string]bool{}
			for _, c := range table.Columns {
				if !name.MatchString(c) || seen[c] {
					t.Errorf("column %q is no name or listed twice", c)
				}
				seen[c] = true
			}
		})
	}
}

func TestNoColumnSmellsOfCardsTokensOrPrivateLife(t *testing.T) {
	smell := regexp.MustCompile(`(^|_)(cc|card_number|cvv|iban|bic|account_number|ssn)(_|$)|passw|token|hash|secret|crypt|api_key|session|cookie|user_agent|(^|_)ip(_|$)`)
	for _, bad := range []string{"cc_last_4", "password_hash", "rp_token", "remote_ip", "api_key"} {
		if !smell.MatchString(bad) {
			t.Fatalf("the rule does not find %s", bad)
		}
	}
	for _, table := range Tables {
		for _, c := range table.Columns {
			if smell.MatchString(c) {
				t.Errorf("%s.%s must not leave the shop", table.Name, c)
			}
		}
	}
}

func TestTheListedPathsHoldNoCredentialsAndNoDuplicates(t *testing.T) {
	if len(slices.Compact(slices.Sorted(slices.Values(ConfigPaths)))) != len(ConfigPaths) {
		t.Error("a path is listed twice")
	}
	for _, path := range ConfigPaths {
		t.Run(path, func(t *testing.T) {
			if strings.Count(path, "/") != 2 {
				t.Error("a path has three parts")
			}
			section, _, _ := strings.Cut(path, "/")
			if !slices.Contains([]string{"catalog", "currency", "customer", "general", "tax"}, section) {
				t.Errorf("section %s: look whether it has credentials before it is listed", section)
			}
		})
	}
}

func TestEveryRowFindsItsRootInOneStep(t *testing.T) {
	for _, table := range Tables {
		t.Run(table.Name, func(t *testing.T) {
			root := table.Root
			if table.Domain == change.Reference {
				if root != (RootRule{}) {
					t.Errorf("reference data have the root %+v", root)
				}
				return
			}
			kind := map[change.Domain]string{change.Sales: change.AggregateOrder, change.Customer: change.AggregateCustomer}[table.Domain]
			if root.Kind != kind || root.Column == "" {
				t.Errorf("its root is %+v, want a column with the id of a %s", root, kind)
			}
			if root.Parent == "" {
				return
			}
			parent, ok := ByName(root.Parent)
			if !ok || parent.Root.Parent != "" || parent.Root.Kind != root.Kind || parent.Domain != table.Domain {
				t.Errorf("its parent %s has the root %+v, want one of its own column", root.Parent, parent.Root)
			}
			if len(parent.PK) != 1 {
				t.Errorf("its parent has the primary key %v: one column cannot refer to it", parent.PK)
			}
		})
	}
}

func TestEveryTableIsFoundByNameAndInItsDomainOnly(t *testing.T) {
	n := 0
	for _, d := range Domains() {
		for _, table := range InDomain(d) {
			n++
			if found, ok := ByName(table.Name); !ok || !reflect.DeepEqual(found, table) || table.Domain != d {
				t.Errorf("%s of %s is found as %+v, %v", table.Name, d, found, ok)
			}
			if len(table.PK) == 0 {
				t.Errorf("%s has no primary key", table.Name)
			}
		}
	}
	if n != len(Tables) {
		t.Errorf("the domains have %d tables, and %d are captured", n, len(Tables))
	}
	if _, ok := ByName("admin_user"); ok {
		t.Error("administrators are captured")
	}
	if Domains()[0] != change.Reference {
		t.Error("reference does not come first")
	}
}

func TestOnlyTablesOfSettingsAndAttributesAreFiltered(t *testing.T) {
	for _, table := range Tables {
		t.Run(table.Name, func(t *testing.T) {
			want := EveryRow
			switch {
			case table.Name == "core_config_data":
				want = ListedPaths
			case slices.Contains([]string{"varchar", "int", "decimal", "datetime", "text"}, table.Name[strings.LastIndex(table.Name, "_")+1:]):
				want = ListedAttributes
			}
			if table.Filter != want {
				t.Errorf("its filter is %q, want %q", table.Filter, want)
			}
			needed := map[Filter]string{ListedPaths: "path", ListedAttributes: "attribute_id"}[table.Filter]
			if needed != "" && !slices.Contains(table.Columns, needed) {
				t.Errorf("it is filtered by %s, which is no column", needed)
			}
		})
	}
}

func TestNullAndAMissingColumnReadAsZero(t *testing.T) {
	var i Invoice
	if err := json.Unmarshal([]byte(`{"entity_id":7,"store_id":null,"grand_total":null,"increment_id":null,"base_total_refunded":null}`), &i); err != nil {
		t.Fatal(err)
	}
	if i.EntityID != 7 || i.StoreID != nil || !i.GrandTotal.IsZero() || i.IncrementID != "" || i.BaseTotalRefunded != nil || !i.RewardPoints.IsZero() {
		t.Errorf("read %+v", i)
	}
	var item CreditMemoItem
	if err := json.Unmarshal([]byte(`{"entity_id":1,"row_total":null}`), &item); err != nil || item.RowTotal != nil {
		t.Errorf("a dummy row reads as %+v, %v", item, err)
	}
}
