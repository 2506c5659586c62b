package magento

// Customer is a row of customer_entity without password hash, tokens, birthday and
// gender.
type Customer struct {
	EntityID        uint64  `json:"entity_id"`
	WebsiteID       *int    `json:"website_id"`
	Email           string  `json:"email"`
	GroupID         int     `json:"group_id"`
	StoreID         *int    `json:"store_id"`
	CreatedAt       string  `json:"created_at"`
	UpdatedAt       string  `json:"updated_at"`
	IsActive        int     `json:"is_active"`
	Prefix          string  `json:"prefix"`
	FirstName       string  `json:"firstname"`
	MiddleName      string  `json:"middlename"`
	LastName        string  `json:"lastname"`
	Suffix          string  `json:"suffix"`
	DefaultBilling  *uint64 `json:"default_billing"`
	DefaultShipping *uint64 `json:"default_shipping"`
	TaxVAT          string  `json:"taxvat"`
}

// CustomerAddress is a row of customer_address_entity.
type CustomerAddress struct{ Address }

// Address holds the columns that the addresses of customers and of orders share.
// Street holds all its lines, separated by line feeds.
type Address struct {
	EntityID   uint64  `json:"entity_id"`
	ParentID   uint64  `json:"parent_id"`
	Prefix     string  `json:"prefix"`
	FirstName  string  `json:"firstname"`
	MiddleName string  `json:"middlename"`
	LastName   string  `json:"lastname"`
	Suffix     string  `json:"suffix"`
	Company    string  `json:"company"`
	Street     string  `json:"street"`
	City       string  `json:"city"`
	Region     string  `json:"region"`
	RegionID   *uint64 `json:"region_id"`
	Postcode   string  `json:"postcode"`
	CountryID  string  `json:"country_id"`
	Telephone  string  `json:"telephone"`
	VATID      string  `json:"vat_id"`
}
