package assemble

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// nowhere is a shop without reference data.
type nowhere struct {
	noCatalog
	noInventory
}

// noInventory is a shop without sources and stocks.
type noInventory struct{}

func (noInventory) Source(string) (magento.InventorySource, bool) {
	return magento.InventorySource{}, false
}
func (noInventory) Stock(int) (string, bool) { return "", false }
func (noInventory) StocksOf(string) []int    { return nil }
func (noInventory) SourcesOf(int) []string   { return nil }
func (noInventory) WebsitesOf(int) []string  { return nil }

func (nowhere) Store(int) *canonical.StoreView { return nil }
func (nowhere) Group(int) (string, bool)       { return "", false }
func (nowhere) Attribute(int) (string, bool)   { return "", false }

// noCatalog is a shop that knows nothing of products.
type noCatalog struct{}

func (noCatalog) Website(int) (canonical.Website, bool) { return canonical.Website{}, false }
func (noCatalog) TaxClass(int) (string, bool)           { return "", false }
func (noCatalog) ProductAttribute(int) (magento.Attribute, bool) {
	return magento.Attribute{}, false
}
func (noCatalog) CatalogAttribute(int) (magento.CatalogAttribute, bool) {
	return magento.CatalogAttribute{}, false
}

func (noCatalog) OptionLabels(uint64) (map[int]string, bool) { return nil, false }

func TestEveryKindThatThereIsHasAllItsRules(t *testing.T) {
	var want []canonical.Kind
	for _, info := range canonical.Kinds() {
		want = append(want, info.Kind)
		t.Run(string(info.Kind), func(t *testing.T) {
			rules, err := kindOf(info.Kind)
			if err != nil {
				t.Fatal(err)
			}
			if rules.deletion == nil || rules.state == nil || rules.event == nil || rules.foots == nil || rules.lacks == nil {
				t.Errorf("a rule is missing: %+v", rules)
			}
			if _, err := aggregateOf(change.NewRoot(info.Aggregate, 7)); err != nil {
				t.Errorf("its aggregate has no rules: %v", err)
			}
			for _, table := range rules.goneWith {
				if known, ok := magento.ByName(table); !ok || known.Root.Kind != info.Aggregate {
					t.Errorf("it is gone with table %s, which no %s has", table, info.Aggregate)
				}
			}
			if len(rules.goneWith) == 0 {
				t.Error("no table's deletion takes it along")
			}
		})
	}
	if diff := cmp.Diff(want, Kinds()); diff != "" {
		t.Errorf("kinds of the pipe, and those that transform has rules for (-pipe +transform):\n%s", diff)
	}
}

// notYet are tables of which nothing is made. They are published for those who read the raw
// topics.
var notYet = []string{}

func TestEveryTableOfAnAggregateIsRead(t *testing.T) {
	reads := map[string]func(table string) bool{
		change.AggregateOrder:    func(table string) bool { return orderTables[table] != nil },
		change.AggregateCustomer: func(table string) bool { return customerTables[table] != nil },
		change.AggregateEstimate: func(table string) bool { return estimateTables[table] != nil },
		change.AggregateCompany:  func(table string) bool { return table == companyTable },
		change.AggregateProduct:  func(table string) bool { return productTables[table] != nil },
		change.AggregateStock:    func(table string) bool { return stockTables[table] != nil },
	}
	for _, table := range magento.Tables {
		if table.Domain == change.Reference {
			continue
		}
		t.Run(table.Name, func(t *testing.T) {
			if slices.Contains(notYet, table.Name) {
				if Reads(table.Name) {
					t.Error("something is made of it, and this test says that nothing is")
				}
				return
			}
			if !Reads(table.Name) {
				t.Error("nothing reads it")
			}
			if err := CheckRoot(change.NewRoot(table.Root.Kind, 7)); err != nil {
				t.Fatal(err)
			}
			if read := reads[table.Root.Kind]; read == nil || !read(table.Name) {
				t.Errorf("capture publishes it, and no %s reads it", table.Root.Kind)
			}
		})
	}
	for table := range orderTables {
		if _, ok := magento.ByName(table); !ok {
			t.Errorf("orders read table %s, which is not captured", table)
		}
	}
	for table := range customerTables {
		if _, ok := magento.ByName(table); !ok {
			t.Errorf("customers read table %s, which is not captured", table)
		}
	}
	for table := range productTables {
		if _, ok := magento.ByName(table); !ok {
			t.Errorf("products read table %s, which is not captured", table)
		}
	}
	for table := range stockTables {
		if _, ok := magento.ByName(table); !ok {
			t.Errorf("stock reads table %s, which is not captured", table)
		}
	}
}

func TestWhatIsGoneIsDeletedUnderItsOwnName(t *testing.T) {
	for _, info := range canonical.Kinds() {
		t.Run(string(info.Kind), func(t *testing.T) {
			id := canonical.NewID(info.Kind, 9)
			a, err := Assemble(Input{Root: change.NewRoot(info.Aggregate, 7), Complete: true, Emitted: []canonical.ID{id}}, nowhere{})
			if err != nil {
				t.Fatal(err)
			}
			if len(a.Entities) != 1 || a.Entities[0].ID() != id || !a.Entities[0].Head().Deleted {
				t.Errorf("of %s comes %+v, want its deletion", id, a.Entities)
			}
		})
	}
}

func TestAnUnknownKindIsRefusedAndBecomesNothingElse(t *testing.T) {
	a, err := Assemble(Input{Root: "customer/9", Complete: true, Emitted: []canonical.ID{"parcel:9"}}, nowhere{})
	var unknown *canonical.UnknownKindError
	if !errors.As(err, &unknown) || unknown.Kind != "parcel" {
		t.Errorf("a deleted parcel gives %v and %v, want an UnknownKindError", a.Entities, err)
	}
	if _, err := Summarize(parcel{}, Previous{}); !errors.As(err, &unknown) {
		t.Errorf("the event of a parcel is refused with %v, want an UnknownKindError", err)
	}
}

// A parcel is an entity that this version does not know.
type parcel struct{ canonical.Entity }

func (parcel) ID() canonical.ID { return "parcel:9" }

func TestAnUnknownAggregateIsRefusedAndNotPassedOver(t *testing.T) {
	for _, root := range []change.Root{"parcel/9", "", "order"} {
		t.Run(string(root), func(t *testing.T) {
			want := root.Kind() != change.AggregateOrder
			_, err := Assemble(Input{Root: root, Rows: []Row{{Table: "sales_order", Value: []byte(`{}`)}}}, nowhere{})
			var unknown *UnknownAggregateError
			if errors.As(err, &unknown) != want {
				t.Errorf("root %q gives %v, want an UnknownAggregateError: %v", root, err, want)
			}
			if errors.As(CheckRoot(root), &unknown) != want {
				t.Errorf("CheckRoot says %v, want the same", CheckRoot(root))
			}
		})
	}
}

func TestAllButSalesDependOnReferenceData(t *testing.T) {
	for domain, want := range map[change.Domain][]string{
		change.Customer: {change.AggregateCustomer, change.AggregateCompany}, change.Sales: nil, change.Catalog: {change.AggregateProduct, change.AggregateStock},
	} {
		t.Run(string(domain), func(t *testing.T) {
			if got := ReferenceDependents(domain); !slices.Equal(got, want) {
				t.Errorf("%v depend on it, want %v", got, want)
			}
		})
	}
}
