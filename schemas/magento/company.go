package magento

// Values of company.status.
const (
	CompanyPending  = 0
	CompanyApproved = 1
	CompanyRejected = 2
	CompanyBlocked  = 3
)

// CompanyCustomerActive is the company_advanced_customer_entity.status of a customer who may
// buy for the company; 0 is one who may not.
const CompanyCustomerActive = 1

// Company is a row of company (Adobe Commerce's B2B modules), without what was written about
// it. Nothing tells when it was made.
type Company struct {
	EntityID        uint64  `json:"entity_id"`
	Status          int     `json:"status"`
	CompanyName     string  `json:"company_name"`
	LegalName       string  `json:"legal_name"`
	CompanyEmail    string  `json:"company_email"`
	VATTaxID        string  `json:"vat_tax_id"`
	ResellerID      string  `json:"reseller_id"`
	Street          string  `json:"street"`
	City            string  `json:"city"`
	CountryID       string  `json:"country_id"`
	Region          string  `json:"region"`
	RegionID        *uint64 `json:"region_id"`
	Postcode        string  `json:"postcode"`
	Telephone       string  `json:"telephone"`
	CustomerGroupID *int    `json:"customer_group_id"`
	SuperUserID     *uint64 `json:"super_user_id"` // the customer who administers it
}

// CompanyCustomer is a row of company_advanced_customer_entity: for whom a customer buys.
// CompanyID 0 is no company.
type CompanyCustomer struct {
	CustomerID uint64 `json:"customer_id"`
	CompanyID  uint64 `json:"company_id"`
	Status     int    `json:"status"`
}

// CompanyOrder is a row of company_order_entity: for whom an order was placed, under the
// name of that time.
type CompanyOrder struct {
	EntityID    uint64 `json:"entity_id"`
	OrderID     uint64 `json:"order_id"`
	CompanyID   uint64 `json:"company_id"`
	CompanyName string `json:"company_name"`
}
