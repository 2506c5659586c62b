package resource

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestWhatWasSentIsComparedWithTheAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		sent, answered string
		only           []string
		want           []string
	}{
		"the same":                           {`{"name":"Ada"}`, `{"name":"Ada","more":1}`, nil, nil},
		"another text":                       {`{"name":"Ada","notes":"x"}`, `{"name":"Grace","notes":"y"}`, nil, []string{"name", "notes"}},
		"another case is another text":       {`{"name":"Ada"}`, `{"name":"ADA"}`, nil, []string{"name"}},
		"spaces say nothing":                 {`{"name":" Ada  B "}`, `{"name":"Ada B"}`, nil, nil},
		"a field that is not answered":       {`{"name":"Ada","locale":"en"}`, `{"name":"Ada"}`, nil, nil},
		"a field that is empty at Sage":      {`{"name":"Ada"}`, `{"name":null}`, nil, []string{"name"}},
		"nothing is null":                    {`{"notes":""}`, `{"notes":null}`, nil, nil},
		"an id":                              {`{"currency_id":"GBP"}`, `{"currency":{"id":"GBP"}}`, nil, nil},
		"another id":                         {`{"currency_id":"GBP"}`, `{"currency":{"id":"EUR"}}`, nil, []string{"currency_id"}},
		"a list of ids":                      {`{"contact_type_ids":["CUSTOMER"]}`, `{"contact_types":[{"id":"CUSTOMER"}]}`, nil, nil},
		"another list of ids":                {`{"contact_type_ids":["CUSTOMER"]}`, `{"contact_types":[{"id":"VENDOR"}]}`, nil, []string{"contact_type_ids"}},
		"an object":                          {`{"main_address":{"city":"York","country_id":"GB"}}`, `{"main_address":{"city":"York","country":{"id":"GB"}}}`, nil, nil},
		"another object":                     {`{"main_address":{"city":"York","country_id":"GB"}}`, `{"main_address":{"city":"Hull","country":{"id":"GB"}}}`, nil, []string{"main_address.city"}},
		"an object that is not there":        {`{"main_address":{"city":"York"}}`, `{"main_address":null}`, nil, []string{"main_address"}},
		"amounts by their worth":             {`{"total_amount":"30.00"}`, `{"total_amount":30.0}`, nil, nil},
		"amounts to the penny":               {`{"total_amount":"30.00"}`, `{"total_amount":"30.01"}`, nil, []string{"total_amount"}},
		"digits that are no amount":          {`{"reference":"0012"}`, `{"reference":"12"}`, nil, []string{"reference"}},
		"an amount beyond what floats hold":  {`{"total_amount":"9007199254740993.01"}`, `{"total_amount":9007199254740993.02}`, nil, []string{"total_amount"}},
		"allocations":                        {`{"allocated_artefacts":[{"artefact_id":"a","amount":"1.00"}]}`, `{"allocated_artefacts":[{"id":"x","artefact":{"id":"a"},"amount":"1.0"}]}`, nil, nil},
		"allocations elsewhere":              {`{"allocated_artefacts":[{"artefact_id":"a","amount":"1.00"}]}`, `{"allocated_artefacts":[{"artefact":{"id":"b"},"amount":"1.0"}]}`, nil, []string{"allocated_artefacts.artefact_id"}},
		"no allocations":                     {`{"allocated_artefacts":[{"artefact_id":"a","amount":"1.00"}]}`, `{"allocated_artefacts":[]}`, nil, []string{"allocated_artefacts"}},
		"a price in another form":            {`{"cost_price":"4.20","quantity":"-2"}`, `{"cost_price":"4.2","quantity":-2.0}`, nil, nil},
		"another price":                      {`{"cost_price":"4.20"}`, `{"cost_price":"4.21"}`, nil, []string{"cost_price"}},
		"a price that is not there":          {`{"cost_price":"4.20"}`, `{"cost_price":null}`, nil, []string{"cost_price"}},
		"prices in another order":            {`{"sales_prices":[{"product_sales_price_type_id":"a","price":"1"},{"product_sales_price_type_id":"b","price":"2"}]}`, `{"sales_prices":[{"product_sales_price_type":{"id":"b"},"price":"2.0"},{"product_sales_price_type":{"id":"c"},"price":"0.0"},{"product_sales_price_type":{"id":"a"},"price":"1.0"}]}`, nil, nil},
		"another price of a type":            {`{"sales_prices":[{"product_sales_price_type_id":"a","price":"1"}]}`, `{"sales_prices":[{"product_sales_price_type":{"id":"b"},"price":"1"},{"product_sales_price_type":{"id":"a"},"price":"2"}]}`, nil, []string{"sales_prices.price"}},
		"a rate of a type that is not there": {`{"sales_rates":[{"service_rate_type_id":"a","rate":"1"}]}`, `{"sales_rates":[{"service_rate_type":{"id":"b"},"rate":"1"}]}`, nil, []string{"sales_rates"}},
		"a boolean that nobody has set":      {`{"active":false}`, `{"active":null}`, nil, nil},
		"a boolean that is otherwise":        {`{"active":true}`, `{"active":null}`, nil, []string{"active"}},
		"a date with a time of day":          {`{"date":"2026-03-16"}`, `{"date":"2026-03-16T00:00:00.000Z"}`, nil, nil},
		"another date with a time of day":    {`{"date":"2026-03-16"}`, `{"date":"2026-03-17T00:00:00.000Z"}`, nil, []string{"date"}},
		"only some fields":                   {`{"date":"d","notes":"x"}`, `{"date":"d","notes":"y"}`, []string{"date"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			got := Content(c.answered).Differences(json.RawMessage(`{"thing":`+c.sent+`}`), c.only...)
			if !slices.Equal(got, c.want) {
				t.Errorf("%v differ, want %v", got, c.want)
			}
		})
	}
}

func TestWhatCannotBeComparedDiffers(t *testing.T) {
	for name, c := range map[string][2]string{
		"no answer":           {`{"thing":{}}`, ``},
		"an answer of a list": {`{"thing":{}}`, `[]`},
		"no body":             {``, `{}`},
		"an unwrapped body":   {`{"name":"Ada"}`, `{}`},
		"two in one body":     {`{"a":{},"b":{}}`, `{}`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Content(c[1]).Differences(json.RawMessage(c[0])); len(got) != 1 {
				t.Errorf("%v differ, want the whole", got)
			}
		})
	}
}
