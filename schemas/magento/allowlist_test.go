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
	"sales_creditmemo": CreditMemo{}, "sales_creditmemo_item": CreditMemoItem{}, "sales_creditmemo_comment": CreditMemoComment{}, "sales_payment_transaction": PaymentTransaction{},
	"company": Company{}, "company_advanced_customer_entity": CompanyCustomer{}, "company_order_entity": CompanyOrder{}, "negotiable_quote": NegotiableQuote{},
	"quote": Quote{}, "quote_item": QuoteItem{}, "quote_address": QuoteAddress{},
	"catalog_eav_attribute": CatalogAttribute{}, "eav_attribute_option": AttributeOption{}, "eav_attribute_option_value": OptionLabel{}, "catalog_product_entity": Product{}, "sequence_product": ProductSequence{},
	"catalog_product_website": ProductWebsite{}, "catalog_product_super_attribute": ConfigurableAttribute{}, "catalog_product_super_link": ConfigurableLink{},
	"catalog_product_bundle_option": BundleOption{}, "catalog_product_bundle_selection": BundleSelection{}, "catalog_product_link": ProductLink{},
	"cataloginventory_stock_item": StockItem{}, "inventory_source_item": InventorySourceItem{}, "inventory_reservation": InventoryReservation{},
	"inventory_source": InventorySource{}, "inventory_stock": InventoryStock{},
	"inventory_source_stock_link": InventorySourceStockLink{}, "inventory_stock_sales_channel": InventorySalesChannel{},
}

// rowOf is the type of a table's rows; the value tables of one kind share one.
func rowOf(t *testing.T, table Table) reflect.Type {
	t.Helper()
	if row, ok := rows[table.Name]; ok {
		return reflect.TypeOf(row)
	}
	if table.Filter != ListedAttributes {
		t.Fatalf("%s is captured, and this test does not know its type", table.Name)
	}
	if table.Root.Kind == change.AggregateProduct {
		return reflect.TypeFor[ProductValue]()
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
	kinds := map[change.Domain][]string{
		change.Sales:    {change.AggregateOrder, change.AggregateEstimate},
		change.Customer: {change.AggregateCustomer, change.AggregateCompany},
		change.Catalog:  {change.AggregateProduct, change.AggregateStock},
	}
	check := func(t *testing.T, table Table) {
		root := table.Root
		if table.Domain == change.Reference {
			if root != (RootRule{}) {
				t.Errorf("reference data have the root %+v", root)
			}
			return
		}
		if !slices.Contains(kinds[table.Domain], root.Kind) || !slices.Contains(table.Columns, root.Column) {
			t.Errorf("its root is %+v, want a column with the id of one of %s", root, kinds[table.Domain])
		}
		if root.Parent == "" {
			if root.ParentKey != "" || root.ParentRoot != "" {
				t.Errorf("its root %+v has columns of no parent", root)
			}
			return
		}
		parent, ok := ByName(root.Parent)
		if !ok || parent.Root.Parent != "" || parent.Root.Kind != root.Kind || parent.Domain != table.Domain || parent.Root.Column != root.ParentRoot {
			t.Errorf("its parent %s has the root %+v, want %s", root.Parent, parent.Root, root.ParentRoot)
		}
		if !parent.OwnKey && !slices.Equal(parent.PK, []string{root.ParentKey}) || !slices.Contains(parent.Columns, root.ParentKey) {
			t.Errorf("its parent has the primary key %v, want %s", parent.PK, root.ParentKey)
		}
	}
	for _, table := range Tables {
		t.Run(table.Name, func(t *testing.T) {
			check(t, table)
			check(t, table.InStaging())
		})
	}
}

func TestOnlyWhatHangsOnAProductIsKeptOtherwiseWhereChangesAreStaged(t *testing.T) {
	for _, table := range Tables {
		staged := table.InStaging()
		if (table.Staged != "") != (staged.Root.Parent == ProductTable) || table.Staged == "" && !reflect.DeepEqual(table, staged) {
			t.Errorf("%s with %q has the root %+v where changes are staged", table.Name, table.Staged, staged.Root)
		}
		if table.Staged != "" && table.Root.Kind != change.AggregateProduct {
			t.Errorf("%s hangs on a product's version, and belongs to a %s", table.Name, table.Root.Kind)
		}
	}
}

func TestWhatNobodyAskedForAndEveryShopHasIsNotOptional(t *testing.T) {
	for _, table := range Tables {
		if table.Group == Always && table.Optional {
			t.Errorf("%s is what documents are made of, and may be missing", table.Name)
		}
		if table.Group != Always && !slices.Contains(Groups(), table.Group) {
			t.Errorf("%s belongs to %q, which nobody can ask for", table.Name, table.Group)
		}
		if catalog := table.Domain == change.Catalog; catalog && table.Group != CatalogGroup {
			t.Errorf("%s is published without being asked for", table.Name)
		}
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

func TestOnlyTablesOfSettingsAttributesLinksAndCartsAreFiltered(t *testing.T) {
	for _, table := range Tables {
		t.Run(table.Name, func(t *testing.T) {
			want := EveryRow
			switch {
			case table.Name == "core_config_data":
				want = ListedPaths
			case table.Name == "catalog_product_link":
				want = GroupedLinks
			case table.Name == "quote", table.Name == "quote_item", table.Name == "quote_address":
				want = NegotiatedCarts
			case slices.Contains([]string{"varchar", "int", "decimal", "datetime", "text"}, table.Name[strings.LastIndex(table.Name, "_")+1:]):
				want = ListedAttributes
			}
			if table.Filter != want {
				t.Errorf("its filter is %q, want %q", table.Filter, want)
			}
			needed := map[Filter]string{ListedPaths: "path", ListedAttributes: "attribute_id", GroupedLinks: "link_type_id"}[table.Filter]
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
