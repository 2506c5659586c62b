package magento

import "github.com/mage2sage/mage2sage/schemas/change"

// Tables lists every captured table, a parent before its children, so that a snapshot
// in this order knows the parent of every row.
//
// Names, keys and foreign keys are those of Magento Open Source's db_schema.xml. What Open
// Source lacks (company…, negotiable_quote, sequence_product) is as a dump of an Adobe Commerce shop's schema
// has it, with the B2B modules.
var Tables = []Table{
	table("store_website", change.Reference, Website{}, RootRule{}, "website_id"),
	table("store_group", change.Reference, StoreGroup{}, RootRule{}, "group_id"),
	table("store", change.Reference, Store{}, RootRule{}, "store_id"),
	table("core_config_data", change.Reference, Config{}, RootRule{}, "config_id").only(ListedPaths, "path"),
	table("eav_entity_type", change.Reference, EntityType{}, RootRule{}, "entity_type_id"),
	table(AttributeTable, change.Reference, Attribute{}, RootRule{}, "attribute_id").only(EveryRow, "attribute_code"),
	table("catalog_eav_attribute", change.Reference, CatalogAttribute{}, RootRule{}, "attribute_id").of(CatalogGroup),
	table(OptionTable, change.Reference, AttributeOption{}, RootRule{}, "option_id").of(CatalogGroup),
	table(OptionLabelTable, change.Reference, OptionLabel{}, RootRule{}, "value_id").of(CatalogGroup),
	table("customer_group", change.Reference, CustomerGroup{}, RootRule{}, "customer_group_id"),
	table("tax_class", change.Reference, TaxClass{}, RootRule{}, "class_id"),
	table("inventory_source", change.Reference, InventorySource{}, RootRule{}, "source_code").of(CatalogGroup).optional(),
	table("inventory_stock", change.Reference, InventoryStock{}, RootRule{}, "stock_id").of(CatalogGroup).optional(),
	table("inventory_source_stock_link", change.Reference, InventorySourceStockLink{}, RootRule{}, "link_id").of(CatalogGroup).optional(),
	table("inventory_stock_sales_channel", change.Reference, InventorySalesChannel{}, RootRule{}, "type", "code").of(CatalogGroup).optional(),

	table("customer_entity", change.Customer, Customer{}, own(change.AggregateCustomer, "entity_id"), "entity_id"),
	customerValue("customer_entity_varchar"),
	customerValue("customer_entity_int"),
	customerValue("customer_entity_decimal"),
	customerValue("customer_entity_datetime"),
	customerValue("customer_entity_text"),
	table("customer_address_entity", change.Customer, CustomerAddress{}, own(change.AggregateCustomer, "parent_id"), "entity_id"),
	addressValue("customer_address_entity_varchar"),
	addressValue("customer_address_entity_int"),
	addressValue("customer_address_entity_decimal"),
	addressValue("customer_address_entity_datetime"),
	addressValue("customer_address_entity_text"),
	table("company", change.Customer, Company{}, own(change.AggregateCompany, "entity_id"), "entity_id").of(CompanyGroup).optional(),
	table("company_advanced_customer_entity", change.Customer, CompanyCustomer{}, own(change.AggregateCustomer, "customer_id"), "customer_id").
		of(CompanyGroup).optional().ownKey(),

	table("sales_order", change.Sales, Order{}, own(change.AggregateOrder, "entity_id"), "entity_id"),
	table("sales_order_item", change.Sales, OrderItem{}, own(change.AggregateOrder, "order_id"), "item_id"),
	table("sales_order_address", change.Sales, OrderAddress{}, own(change.AggregateOrder, "parent_id"), "entity_id"),
	table("sales_order_payment", change.Sales, OrderPayment{}, own(change.AggregateOrder, "parent_id"), "entity_id"),
	table("sales_payment_transaction", change.Sales, PaymentTransaction{}, own(change.AggregateOrder, "order_id"), "transaction_id"),
	table("sales_order_tax", change.Sales, OrderTax{}, own(change.AggregateOrder, "order_id"), "tax_id"),
	table("sales_order_tax_item", change.Sales, OrderTaxItem{}, via(change.AggregateOrder, "tax_id", "sales_order_tax", "tax_id", "order_id"), "tax_item_id"),
	table("sales_invoice", change.Sales, Invoice{}, own(change.AggregateOrder, "order_id"), "entity_id"),
	table("sales_invoice_item", change.Sales, DocumentItem{}, via(change.AggregateOrder, "parent_id", "sales_invoice", "entity_id", "order_id"), "entity_id"),
	table("sales_creditmemo", change.Sales, CreditMemo{}, own(change.AggregateOrder, "order_id"), "entity_id"),
	table("sales_creditmemo_item", change.Sales, CreditMemoItem{}, via(change.AggregateOrder, "parent_id", "sales_creditmemo", "entity_id", "order_id"), "entity_id"),
	table("sales_creditmemo_comment", change.Sales, CreditMemoComment{}, via(change.AggregateOrder, "parent_id", "sales_creditmemo", "entity_id", "order_id"), "entity_id").of(CommentGroup),
	table("company_order_entity", change.Sales, CompanyOrder{}, own(change.AggregateOrder, "order_id"), "entity_id").of(CompanyGroup).optional(),

	table(NegotiableTable, change.Sales, NegotiableQuote{}, own(change.AggregateEstimate, NegotiableKey), NegotiableKey).of(EstimateGroup).optional(),
	cart(CartTable, Quote{}, "entity_id", "entity_id"),
	cart("quote_item", QuoteItem{}, "quote_id", "item_id"),
	cart("quote_address", QuoteAddress{}, "quote_id", "address_id"),

	// The deletes of sequence_product may be all that Adobe Commerce logs of a product's end.
	table("sequence_product", change.Catalog, ProductSequence{}, own(change.AggregateProduct, "sequence_value"), "sequence_value").of(CatalogGroup).optional(),
	table(ProductTable, change.Catalog, Product{}, own(change.AggregateProduct, "entity_id"), "entity_id").of(CatalogGroup).ownKey(),
	productValue("catalog_product_entity_varchar"),
	productValue("catalog_product_entity_int"),
	productValue("catalog_product_entity_decimal"),
	productValue("catalog_product_entity_datetime"),
	productValue("catalog_product_entity_text"),
	table("catalog_product_website", change.Catalog, ProductWebsite{}, own(change.AggregateProduct, "product_id"), "product_id", "website_id").of(CatalogGroup),
	table("catalog_product_super_attribute", change.Catalog, ConfigurableAttribute{}, own(change.AggregateProduct, "product_id"), "product_super_attribute_id").
		of(CatalogGroup).optional().staged("product_id"),
	table("catalog_product_super_link", change.Catalog, ConfigurableLink{}, own(change.AggregateProduct, "parent_id"), "link_id").
		of(CatalogGroup).optional().staged("parent_id"),
	table("catalog_product_bundle_option", change.Catalog, BundleOption{}, own(change.AggregateProduct, "parent_id"), "option_id").
		of(CatalogGroup).optional().staged("parent_id").ownKey(),
	table("catalog_product_bundle_selection", change.Catalog, BundleSelection{}, own(change.AggregateProduct, "parent_product_id"), "selection_id").
		of(CatalogGroup).optional().staged("parent_product_id").ownKey(),
	table("catalog_product_link", change.Catalog, ProductLink{}, own(change.AggregateProduct, "product_id"), "link_id").
		of(CatalogGroup).staged("product_id").only(GroupedLinks, "link_type_id"),
	table("cataloginventory_stock_item", change.Catalog, StockItem{}, own(change.AggregateProduct, "product_id"), "item_id").of(CatalogGroup),
	table("inventory_source_item", change.Catalog, InventorySourceItem{}, own(change.AggregateStock, "sku"), "source_item_id").of(CatalogGroup).optional(),
	table("inventory_reservation", change.Catalog, InventoryReservation{}, own(change.AggregateStock, "sku"), "reservation_id").of(CatalogGroup).optional(),
}

// own is the rule of a table whose rows have the root's id.
func own(kind, column string) RootRule { return RootRule{Kind: kind, Column: column} }

// via is the rule of a table whose rows find it through a parent.
func via(kind, column, parent, parentKey, parentRoot string) RootRule {
	return RootRule{kind, column, parent, parentKey, parentRoot}
}

func customerValue(name string) Table {
	return table(name, change.Customer, Value{}, own(change.AggregateCustomer, "entity_id"), "value_id").only(ListedAttributes, "attribute_id")
}

func addressValue(name string) Table {
	root := via(change.AggregateCustomer, "entity_id", "customer_address_entity", "entity_id", "parent_id")
	return table(name, change.Customer, Value{}, root, "value_id").only(ListedAttributes, "attribute_id")
}

func productValue(name string) Table {
	return table(name, change.Catalog, ProductValue{}, own(change.AggregateProduct, "entity_id"), "value_id").
		of(CatalogGroup).staged(VersionColumn).only(ListedAttributes, "attribute_id")
}

// cart is a table of carts, of which only those leave whose price is negotiated: column has
// the cart's number. Every shop has it, and without negotiable quotes it counts as lacking.
func cart(name string, row any, column, pk string) Table {
	return table(name, change.Sales, row, own(change.AggregateEstimate, column), pk).of(EstimateGroup).optional().only(NegotiatedCarts, column)
}

func (t Table) of(g Group) Table {
	t.Group = g
	return t
}

func (t Table) optional() Table {
	t.Optional = true
	return t
}

func (t Table) staged(column string) Table {
	t.Staged = column
	return t
}

func (t Table) ownKey() Table {
	t.OwnKey = true
	return t
}
