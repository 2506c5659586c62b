package simulator

import (
	"cmp"
	"net/http"
	"slices"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
)

// The editions that have less than Plus.
const (
	StandardEdition = "standard"
	StartEdition    = "start"
)

// lacking is what an edition does not have of each resource: nil is everything, else the methods; POST is
// release, too. The availability is that of Sage's reference for the United Kingdom.
var lacking = map[string]map[string][]string{
	StandardEdition: {
		"stock_items": nil, "stock_movements": nil,
		"sales_credit_notes": writes, "sales_estimates": writes,
	},
	StartEdition: {
		"stock_items": nil, "stock_movements": nil,
		"products": writes, "services": writes, "product_sales_price_types": writes, "service_rate_types": writes, "sales_quotes": writes, "sales_estimates": writes,
		"contact_allocations": writes, "sales_credit_notes": {http.MethodPut, release},
	},
}

var writes = []string{http.MethodPost, http.MethodPut, http.MethodDelete, release}

// release is POST /{id}/release, which editions have apart from POST.
const release = "release"

// checkEdition refuses what the business's edition does not have.
func (c *call) checkEdition() error {
	methods, ok := lacking[c.server.o.Edition][c.resource]
	if ok && (methods == nil || slices.Contains(methods, cmp.Or(c.action, c.method))) {
		return &books.Refusal{Status: cmp.Or(c.server.o.EditionStatus, http.StatusForbidden), Code: "MultiUserAccessDenied",
			Message: "Your subscription does not have this resource."}
	}
	return nil
}
