package shop

import "context"

// Tax classes. Customers have one of their own, as in a new shop.
const (
	taxStandard = 2 // 20 %
	taxCustomer = 3
	taxReduced  = 4 // 5 %
	taxNone     = 0 // nothing is charged and no tax row is written
)

// taxRate is the percentage of a product's tax class.
func taxRate(class int) amount {
	switch class {
	case taxStandard:
		return 20 * one
	case taxReduced:
		return 5 * one
	}
	return 0
}

// An attribute is one of the product's EAV attributes. Ids differ from shop to
// shop, so readers must go by the code.
type attribute struct {
	id          int64
	code        string
	backendType string
	input       string
	global      int // 0 store, 1 global, 2 website
}

var productAttributes = []attribute{
	{73, "name", "varchar", "text", 0},
	{74, "sku", "static", "text", 1},
	{77, "price", "decimal", "price", 1},
	{81, "cost", "decimal", "price", 1},
	{97, "status", "int", "select", 2},
	{99, "visibility", "int", "select", 0},
	{136, "tax_class_id", "int", "select", 2},
}

// accountNumber is the attribute that the shop added to customers.
const accountNumber = 160

var customerAttributes = []attribute{
	{5, "firstname", "static", "text", 1},
	{7, "lastname", "static", "text", 1},
	{9, "email", "static", "text", 1},
	{accountNumber, "account_number", "varchar", "text", 1},
}

var entityTypes = []string{
	"customer", "customer_address", "catalog_category", "catalog_product", "order", "invoice", "creditmemo", "shipment",
}

func (s *Shop) seedReference(ctx context.Context) error {
	for _, class := range []row{
		{"class_id": taxStandard, "class_name": "Taxable Goods", "class_type": "PRODUCT"},
		{"class_id": taxCustomer, "class_name": "Retail Customer", "class_type": "CUSTOMER"},
		{"class_id": taxReduced, "class_name": "Reduced Rate", "class_type": "PRODUCT"},
	} {
		if _, err := s.insert(ctx, s.db, "tax_class", class); err != nil {
			return err
		}
	}
	for i, code := range entityTypes {
		if _, err := s.insert(ctx, s.db, "eav_entity_type", row{
			"entity_type_id": i + 1, "entity_type_code": code, "entity_model": code, "entity_table": code + "_entity",
		}); err != nil {
			return err
		}
	}
	if err := s.seedAttributes(ctx, 1, customerAttributes); err != nil {
		return err
	}
	if err := s.seedAttributes(ctx, 4, productAttributes); err != nil {
		return err
	}
	return s.seedIndexers(ctx)
}

func (s *Shop) seedAttributes(ctx context.Context, entityType int, attributes []attribute) error {
	for _, a := range attributes {
		if _, err := s.insert(ctx, s.db, "eav_attribute", row{
			"attribute_id": a.id, "entity_type_id": entityType, "attribute_code": a.code,
			"backend_type": a.backendType, "frontend_input": a.input, "frontend_label": a.code,
		}); err != nil {
			return err
		}
		table, extra := "customer_eav_attribute", row{"attribute_id": a.id}
		if entityType == 4 {
			table, extra = "catalog_eav_attribute", row{"attribute_id": a.id, "is_global": a.global}
		}
		if _, err := s.insert(ctx, s.db, table, extra); err != nil {
			return err
		}
	}
	return nil
}
