package simulator_test

import (
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// item makes a product, service or stock item.
func (w *world) item(path, root, code, more string) reply {
	w.t.Helper()
	return w.do("POST", "/"+path, `{"`+root+`":{"item_code":"`+code+`","description":"Blue mug","sales_ledger_account_id":"`+chart.Sales+
		`","purchase_ledger_account_id":"`+chart.Account(5000)+`"`+more+`}}`)
}

// stocked makes a stock item of which there are some, bought at 4.00 each.
func (w *world) stocked(code, quantity string) string {
	w.t.Helper()
	id := w.ok(201, w.item("stock_items", "stock_item", code, "")).str("id")
	w.ok(201, w.movement(id, quantity, "4"))
	return id
}

func (w *world) movement(item, quantity, cost string) reply {
	w.t.Helper()
	return w.do("POST", "/stock_movements", `{"stock_movement":{"stock_item_id":"`+item+`","date":"2026-03-16","quantity":"`+quantity+`","cost_price":"`+cost+`","details":"By hand","reference":"R1"}}`)
}

func (w *world) stock(item string) string {
	w.t.Helper()
	return w.ok(200, w.do("GET", "/stock_items/"+item, "")).str("quantity_in_stock")
}

// lineOf is one line that sells an item.
func lineOf(item, quantity string) string {
	return strings.TrimSuffix(line("10", quantity, "2"), "}") + `,"product_id":"` + item + `"}`
}

func TestItemsAreShownAsTheyWereMade(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	prices := `,"sales_tax_rate_id":"GB_STANDARD","cost_price":"4.20","source_guid":"product:9","sales_prices":[{"product_sales_price_type_id":"` + chart.PriceTypes[1].ID + `","price":"9.60","price_includes_tax":true}]`
	product := w.ok(201, w.item("products", "product", "MUG", prices)).str("id")
	w.shows(w.ok(200, w.do("GET", "/products/"+product, "")), map[string]any{
		"displayed_as": "Blue mug (MUG)", "item_code": "MUG", "catalog_item_type.displayed_as": "Non-stock", "cost_price": "4.2", "source_guid": "product:9",
		"active": true, "deletable": true, "sales_ledger_account.id": chart.Sales, "purchase_ledger_account.id": chart.Account(5000), "sales_tax_rate.id": "GB_STANDARD",
		"sales_prices.0.price": "0.0", "sales_prices.1.price": "9.6", "sales_prices.1.price_name": "Trade", "sales_prices.1.price_includes_tax": true,
	})
	service := w.ok(201, w.do("POST", "/services", `{"service":{"description":"Wrapping","sales_ledger_account_id":"`+chart.Account(4005)+`","sales_rates":[{"service_rate_type_id":"`+chart.RateTypes[0].ID+`","rate":"2.5"}]}}`)).str("id")
	w.shows(w.ok(200, w.do("GET", "/services/"+service, "")), map[string]any{"displayed_as": "Wrapping", "item_code": nil, "sales_rates.0.rate": "2.5", "sales_rates.0.rate_includes_tax": false, "purchase_ledger_account": nil})
	stock := w.ok(201, w.item("stock_items", "stock_item", "CUP", `,"reorder_level":"5"`)).str("id")
	w.shows(w.ok(200, w.do("GET", "/stock_items/"+stock, "")), map[string]any{"quantity_in_stock": "0.0", "reorder_level": "5.0", "weight": "0.0", "average_cost_price": "0.0", "cost_price_last_updated": nil})

	w.shows(w.do("GET", "/products", ""), map[string]any{"$total": 2.0, "$items.1.id": stock})
	w.shows(w.do("GET", "/products/"+stock, ""), map[string]any{"catalog_item_type.id": "STOCK_ITEM", "quantity_in_stock": nil})
	w.refused(w.do("GET", "/stock_items/"+product, ""), 404, "RecordNotFound", "", "")
	w.refused(w.do("GET", "/products/"+service, ""), 404, "RecordNotFound", "", "")
}

func TestItemsAreFoundAndFollowed(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	mug := w.stocked("MUG-1", "3")
	w.ok(201, w.item("stock_items", "stock_item", "CUP-1", `,"active":false,"reorder_level":"2"`))
	for query, want := range map[string]float64{
		"search=mug-1": 1, "search=blue": 2, "active=true": 1, "active=false": 1, "out_of_stock=true": 1, "out_of_stock=false": 1, "below_reorder_level=true": 1,
		"updated_or_created_since=2026-03-16T09:30:00Z": 2, "updated_or_created_since=2026-03-16T09:30:01Z": 0, "deleted_since=2026-03-16T09:00:00Z": 0,
	} {
		w.shows(w.ok(200, w.do("GET", "/stock_items?"+query, "")), map[string]any{"$total": want})
	}
	w.shows(w.ok(200, w.do("GET", "/stock_movements?stock_item_id="+mug+"&from_date=2026-03-16&to_date=2026-03-16&search=hand&attributes=all", "")), map[string]any{
		"$total": 1.0, "$items.0.quantity": "3.0", "$items.0.cost_price": "4.0", "$items.0.date": "2026-03-16T00:00:00.000Z", "$items.0.reference": "R1", "$items.0.stock_item.id": mug})
	w.shows(w.ok(200, w.do("GET", "/stock_movements?search=R1", "")), map[string]any{"$total": 0.0}) // details alone are searched
}

func TestAnItemIsChangedFieldByField(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	id := w.ok(201, w.item("products", "product", "MUG", `,"sales_prices":[{"product_sales_price_type_id":"`+chart.PriceTypes[0].ID+`","price":"10"}]`)).str("id")
	w.ok(200, w.do("PUT", "/products/"+id, `{"product":{"notes":"x","active":false,"sales_prices":[{"product_sales_price_type_id":"`+chart.PriceTypes[1].ID+`","price":"9"}]}}`))
	w.shows(w.do("GET", "/products/"+id, ""), map[string]any{"notes": "x", "active": false, "item_code": "MUG", "sales_prices.0.price": "10.0", "sales_prices.1.price": "9.0"})
	w.ok(204, w.do("DELETE", "/products/"+id, ""))
	w.shows(w.do("GET", "/products?deleted_since=2026-03-16T09:00:00Z", ""), map[string]any{"$total": 1.0, "$items.0.id": id})
	w.ok(201, w.item("products", "product", "MUG", "")) // a deleted one's code is free
}

func TestItemsThatAreRefused(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	w.ok(201, w.item("products", "product", "MUG", ""))
	for name, c := range map[string]struct {
		reply                 reply
		status                int
		code, message, source string
	}{
		"a code that another product has":           {w.item("stock_items", "stock_item", "mug", ""), 422, "RecordInvalid", "already been taken", "item_code"},
		"a stock item's code of 31 characters":      {w.item("stock_items", "stock_item", strings.Repeat("ü", 31), ""), 422, "RecordInvalid", "maximum is 30", "item_code"},
		"a product's code of 256 characters":        {w.item("products", "product", strings.Repeat("ü", 256), ""), 422, "RecordInvalid", "maximum is 255", "item_code"},
		"a stock item without a code":               {w.do("POST", "/stock_items", `{"stock_item":{"description":"x","sales_ledger_account_id":"`+chart.Sales+`","purchase_ledger_account_id":"`+chart.Account(5000)+`"}}`), 422, "RecordInvalid", "required", "item_code"},
		"a product without a purchase account":      {w.do("POST", "/products", `{"product":{"description":"x","sales_ledger_account_id":"`+chart.Sales+`"}}`), 422, "RecordInvalid", "required", "purchase_ledger_account_id"},
		"sales to an account that is not for sales": {w.item("products", "product", "A", `,"sales_ledger_account_id":"`+chart.Debtors+`"`), 422, "RecordInvalid", "not included", "sales_ledger_account_id"},
		"purchases from an account of sales":        {w.item("products", "product", "A", `,"purchase_ledger_account_id":"`+chart.Carriage+`"`), 422, "RecordInvalid", "not included", "purchase_ledger_account_id"},
		"an account that there is not":              {w.item("products", "product", "A", `,"purchase_ledger_account_id":"none"`), 404, "RecordNotFound", "", "purchase_ledger_account_id"},
		"a tax rate that there is not":              {w.item("products", "product", "A", `,"sales_tax_rate_id":"none"`), 404, "RecordNotFound", "", "sales_tax_rate_id"},
		"a price type that there is not":            {w.item("products", "product", "A", `,"sales_prices":[{"product_sales_price_type_id":"none","price":"1"}]`), 404, "RecordNotFound", "", "sales_prices.product_sales_price_type_id"},
		"a rate type that there is not":             {w.item("services", "service", "A", `,"sales_rates":[{"service_rate_type_id":"none","rate":"1"}]`), 404, "RecordNotFound", "", "sales_rates.service_rate_type_id"},
		"a supplier who is none":                    {w.item("products", "product", "A", `,"usual_supplier_id":"`+w.customer("M1", "GBP")+`"`), 404, "RecordNotFound", "", "usual_supplier_id"},
		"a movement of what has no stock":           {w.movement(w.ok(201, w.item("products", "product", "B", "")).str("id"), "1", "1"), 404, "RecordNotFound", "", "stock_item_id"},
		"a movement of nothing":                     {w.movement(w.stocked("C", "1"), "0", "1"), 422, "RecordInvalid", "must not be 0", "quantity"},
		"a cost below nothing":                      {w.movement(w.stocked("D", "1"), "1", "-1"), 422, "RecordInvalid", "greater than or equal", "cost_price"},
		"more out than there is":                    {w.movement(w.stocked("E", "2"), "-3", "1"), 422, "RecordInvalid", "enough stock", "quantity"},
		"a product that is sold and is none":        {w.invoice(sale{contact: w.customer("M2", "GBP"), lines: []string{lineOf("none", "1")}}), 404, "RecordNotFound", "", "line_items.product_id"},
		"a service that is sold as a product":       {w.invoice(sale{contact: w.customer("M3", "GBP"), lines: []string{lineOf(w.ok(201, w.item("services", "service", "S", "")).str("id"), "1")}}), 404, "RecordNotFound", "", "line_items.product_id"},
	} {
		t.Run(name, func(t *testing.T) {
			(&world{t: t}).refused(c.reply, c.status, c.code, c.message, c.source)
		})
	}
}

func TestItemCodesMayRepeatByTheirSwitch(t *testing.T) {
	w := newWorld(t, simulator.Options{Rules: books.Rules{RepeatItemCodes: true}})
	w.ok(201, w.item("products", "product", "MUG", ""))
	w.ok(201, w.item("products", "product", "MUG", ""))
}

func TestStockFollowsItsMovements(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	id := w.stocked("MUG", "3")
	second := w.ok(201, w.movement(id, "1", "8")).str("id")
	w.ok(201, w.movement(id, "-2", "4"))
	w.shows(w.do("GET", "/stock_items/"+id, ""), map[string]any{
		"quantity_in_stock": "2.0", "average_cost_price": "5.0", "average_cost_price_stock_value": "10.0", "last_cost_price": "8.0", "last_cost_price_stock_value": "16.0",
		"cost_price_last_updated": "2026-03-16T00:00:00.000Z", "deletable": false})
	w.ok(200, w.do("PUT", "/stock_movements/"+second, `{"stock_movement":{"quantity":"2"}}`))
	if got := w.stock(id); got != "3.0" {
		t.Errorf("%s after one more, want 3.0", got)
	}
	w.refused(w.do("DELETE", "/stock_items/"+id, ""), 422, "RecordInvalid", "has been used", "base")
	w.refused(w.do("PUT", "/stock_movements/"+second, `{"stock_movement":{"stock_item_id":"`+w.stocked("CUP", "1")+`"}}`), 422, "RecordInvalid", "cannot be changed", "stock_item_id")
	w.ok(204, w.do("DELETE", "/stock_movements/"+second, ""))
	if got := w.stock(id); got != "1.0" {
		t.Errorf("%s after the second movement went, want 1.0", got)
	}
	w.refused(w.do("DELETE", "/stock_movements/"+w.do("GET", "/stock_movements?stock_item_id="+id, "").str("$items.0.id"), ""), 422, "RecordInvalid", "enough stock", "quantity")
}

func TestDocumentsMoveTheStockOfWhatTheySell(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	contact, id := w.customer("M1", "GBP"), w.stocked("MUG", "5")
	invoice := w.ok(201, w.invoice(sale{contact: contact, lines: []string{lineOf(id, "2"), lineOf(id, "1")}}))
	w.shows(invoice, map[string]any{"invoice_lines.0.product.id": id, "invoice_lines.0.service": nil})
	w.shows(w.do("GET", "/stock_movements?stock_item_id="+id+"&attributes=all", ""), map[string]any{"$total": 3.0, "$items.1.quantity": "-2.0", "$items.1.reference": "SI-1", "$items.1.cost_price": "4.0"})
	movement := w.do("GET", "/stock_movements?stock_item_id="+id, "").str("$items.1.id")
	w.refused(w.do("DELETE", "/stock_movements/"+movement, ""), 422, "RecordInvalid", "a document has made", "base")
	w.refused(w.do("PUT", "/stock_movements/"+movement, `{"stock_movement":{"quantity":"-1"}}`), 422, "RecordInvalid", "a document has made", "base")

	short := sale{contact: contact, lines: []string{lineOf(id, "2"), lineOf(id, "1")}}
	w.refused(w.invoice(short), 422, "RecordInvalid", "do not have enough stock", "")
	draft := short
	draft.more = `,"status_id":"DRAFT"`
	draftID := w.ok(201, w.invoice(draft)).str("id")
	w.refused(w.do("POST", "/sales_invoices/"+draftID+"/release", ""), 422, "RecordInvalid", "do not have enough stock", "")
	if got := w.stock(id); got != "2.0" {
		t.Fatalf("%s after an invoice of 3, one that was refused and a draft, want 2.0", got)
	}
	note := w.ok(201, w.creditNote(sale{contact: contact, lines: []string{lineOf(id, "1")}})).str("id")
	if got := w.stock(id); got != "3.0" {
		t.Errorf("%s after a credit note of 1, want 3.0", got)
	}
	w.ok(201, w.do("POST", "/sales_invoices/"+draftID+"/release", ""))
	w.refused(w.do("DELETE", "/sales_credit_notes/"+note+"?void_reason=x", ""), 422, "RecordInvalid", "do not have enough stock", "")
	w.ok(200, w.do("DELETE", "/sales_invoices/"+invoice.str("id")+"?void_reason=x", ""))
	w.ok(200, w.do("DELETE", "/sales_credit_notes/"+note+"?void_reason=x", ""))
	if got := w.stock(id); got != "2.0" {
		t.Errorf("%s after both are void, want 2.0", got)
	}
	w.ledger()
}

func TestWhatACreditNoteBringsBackWasNotBought(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	id := w.stocked("MUG", "1")
	w.ok(201, w.movement(id, "1", "8"))
	w.ok(201, w.creditNote(sale{contact: w.customer("M1", "GBP"), lines: []string{lineOf(id, "1")}}))
	w.shows(w.do("GET", "/stock_items/"+id, ""), map[string]any{"quantity_in_stock": "3.0", "last_cost_price": "8.0", "average_cost_price": "6.0"})
}

func TestAChangedInvoiceMovesTheDifference(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	id := w.stocked("MUG", "5")
	invoice := w.ok(201, w.invoice(sale{contact: w.customer("M1", "GBP"), lines: []string{lineOf(id, "4")}}))
	change := func(quantity string) reply {
		return w.do("PUT", "/sales_invoices/"+invoice.str("id"), `{"sales_invoice":{"invoice_lines":[{"id":"`+invoice.str("invoice_lines.0.id")+`","quantity":"`+quantity+`"}]}}`)
	}
	w.ok(200, change("5"))
	if got := w.stock(id); got != "0.0" {
		t.Errorf("%s after 5 of 5, want 0.0", got)
	}
	w.ok(200, w.do("PUT", "/sales_invoices/"+invoice.str("id"), `{"sales_invoice":{"invoice_lines":[{"id":"`+invoice.str("invoice_lines.0.id")+`","quantity":"4","unit_price":"12.50"}]}}`))
	if got := w.stock(id); got != "1.0" {
		t.Errorf("%s after 4 of 5 for the same money, want 1.0", got)
	}
	w.ok(200, change("5"))
	w.refused(change("6"), 422, "RecordInvalid", "do not have enough stock", "")
	if got := w.stock(id); got != "0.0" {
		t.Errorf("%s after a refusal, want 0.0", got)
	}
	w.ledger()
}

func TestTheJournalBringsBackCatalogAndStock(t *testing.T) {
	folder := t.TempDir()
	w := newWorld(t, simulator.Options{DataDir: folder})
	id := w.stocked("MUG", "5")
	w.refused(w.invoice(sale{contact: w.customer("M1", "GBP"), lines: []string{lineOf(id, "9")}}), 422, "RecordInvalid", "enough stock", "")
	invoice := w.ok(201, w.invoice(sale{contact: w.customer("M2", "GBP"), lines: []string{lineOf(id, "2")}})).str("id")
	again := newWorld(t, simulator.Options{DataDir: folder})
	if got := again.stock(id); got != "3.0" {
		t.Errorf("%s in stock after a restart, want 3.0", got)
	}
	again.ok(200, again.do("GET", "/sales_invoices/"+invoice, ""))
}

func TestReferenceListsOfTheCatalog(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	w.shows(w.do("GET", "/catalog_item_types", ""), map[string]any{"$total": 3.0, "$items.0.displayed_as": "Non-stock"})
	w.shows(w.do("GET", "/product_sales_price_types?attributes=all", ""), map[string]any{"$total": 3.0, "$items.0.name": "Sales Price", "$items.0.active": true})
	w.shows(w.do("GET", "/service_rate_types", ""), map[string]any{"$total": 3.0, "$items.0.displayed_as": "Rate"})
	w.shows(w.do("GET", "/live_exchange_rates?attributes=all", ""), map[string]any{"$items.1.rate": "0.85"})
}

func TestAPriceTypeIsNamedSwitchedOffAndDeleted(t *testing.T) {
	for path, c := range map[string]struct{ root, name, item, items string }{
		"product_sales_price_types": {"product_sales_price_type", "Sales Price", "product", "products"},
		"service_rate_types":        {"service_rate_type", "Rate", "service", "services"},
	} {
		t.Run(path, func(t *testing.T) {
			w := newWorld(t, simulator.Options{})
			item := w.ok(201, w.item(c.items, c.item, "MUG", "")).str("id")
			made := w.ok(201, w.do("POST", "/"+path, `{"`+c.root+`":{"name":"Club","active":true}}`)).str("id")
			prices, name := map[string]string{"products": "sales_prices", "services": "sales_rates"}[c.items], map[string]string{"products": "price_name", "services": "rate_name"}[c.items]
			w.shows(w.do("GET", "/"+c.items+"/"+item, ""), map[string]any{prices + ".3." + name: "Club"})
			w.refused(w.do("DELETE", "/"+path+"/"+made, ""), 422, "RecordInvalid", "deactivate it first", "base")
			w.ok(200, w.do("PUT", "/"+path+"/"+made, `{"`+c.root+`":{"name":"Members","active":false}}`))
			w.shows(w.do("GET", "/"+path+"?active=false&attributes=all", ""), map[string]any{"$total": 1.0, "$items.0.name": "Members", "$items.0.displayed_as": "Members"})
			w.ok(204, w.do("DELETE", "/"+path+"/"+made, ""))
			w.shows(w.do("GET", "/"+c.items+"/"+item, ""), map[string]any{prices + ".3": nil})
			all := w.do("GET", "/"+path, "")
			for i, last := range []int{204, 204, 422} {
				id := all.str("$items." + string(rune('0'+i)) + ".id")
				w.ok(200, w.do("PUT", "/"+path+"/"+id, `{"`+c.root+`":{"active":false}}`))
				w.ok(last, w.do("DELETE", "/"+path+"/"+id, ""))
			}
		})
	}
}

func TestASearchMatchesByItsSwitch(t *testing.T) {
	for search, want := range map[string][3]float64{"": {1, 1, 1}, simulator.SearchPrefix: {0, 1, 1}, simulator.SearchExact: {0, 0, 1}} {
		w := newWorld(t, simulator.Options{Search: search})
		w.customer("M42", "GBP")
		for i, text := range []string{"42", "m4", "m42"} {
			if got := w.ok(200, w.do("GET", "/contacts?search="+text, "")).get("$total"); got != want[i] {
				t.Errorf("%q finds %v by %q, want %v", search, got, text, want[i])
			}
		}
	}
}
