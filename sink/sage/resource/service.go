package resource

import (
	"encoding/json"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// NewService is a service, as it is sent.
type NewService struct {
	ItemHead
	ItemCode   string      `json:"item_code,omitempty" sage:"255,exact"`
	SalesRates []SalesRate `json:"sales_rates,omitempty"`
}

// SalesRate is what a service costs by one of the business's rate types. Sage's guide calls
// rates prices; this is how its OpenAPI file has them.
type SalesRate struct {
	RateTypeID  string       `json:"service_rate_type_id"`
	Rate        money.Amount `json:"rate"`
	IncludesTax bool         `json:"rate_includes_tax"`
}

// Body is the body of POST /services.
func (n NewService) Body() (json.RawMessage, error) { return wrap("service", n) }

// Change is the body of PUT /services/{id} with some of the fields.
func (n NewService) Change(fields ...string) (json.RawMessage, error) {
	return wrapOnly("service", n, fields)
}
