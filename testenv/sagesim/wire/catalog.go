package wire

// The fields of products, services, stock items and stock movements. What Sage works out by
// itself may be sent, and is ignored.
var (
	itemFields = with(
		each(limited(0), "sales_tax_rate_id", "purchase_tax_rate_id", "usual_supplier_id"),
		shape{
			"description":             needed(limited(255)),
			"sales_ledger_account_id": needed(limited(0)),
			"notes":                   limited(500),
			"purchase_description":    limited(250),
			"source_guid":             limited(255),
			"cost_price":              of(decimalKind),
			"active":                  of(booleanKind),
		},
	)
	priceFields = with(
		each(limited(0), "price_name", "product_sales_price_type_id"),
		shape{"price": of(decimalKind), "price_includes_tax": of(booleanKind)},
	)
	rateFields = with(
		each(limited(0), "rate_name", "service_rate_type_id"),
		shape{"rate": of(decimalKind), "rate_includes_tax": of(booleanKind)},
	)
	goodsFields = with(itemFields, shape{
		"purchase_ledger_account_id": needed(limited(0)),
		"sales_prices":               {kind: objectsKind, fields: priceFields},
	})
	productFields = with(goodsFields, shape{"item_code": limited(255), "catalog_item_type_id": limited(0)})
	serviceFields = with(itemFields, shape{
		"item_code":                  limited(255),
		"purchase_ledger_account_id": limited(0),
		"oss_service":                of(booleanKind),
		"sales_rates":                {kind: objectsKind, fields: rateFields},
	})
	stockItemFields = with(goodsFields,
		each(of(decimalKind), "reorder_level", "reorder_quantity", "weight", "weight_converted", "quantity_in_stock",
			"last_cost_price", "last_cost_price_stock_value", "average_cost_price", "average_cost_price_stock_value"),
		each(limited(0), "location", "barcode", "supplier_part_number", "measurement_unit"),
		shape{"item_code": needed(limited(30)), "cost_price_last_updated": of(dateKind)},
	)
	priceTypeFields = shape{"name": needed(limited(255)), "active": needed(of(booleanKind))}
	movementFields  = with(
		each(needed(of(decimalKind)), "quantity", "cost_price"),
		shape{
			"stock_item_id":   needed(limited(0)),
			"date":            needed(of(dateKind)),
			"details":         needed(limited(50)),
			"movement_number": limited(4),
			"reference":       limited(31),
		},
	)
)
