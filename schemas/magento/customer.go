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

// CustomerAddress is a row of customer_address_entity. Street holds all
// its lines, separated by line feeds.
type CustomerAddress struct {
	EntityID   uint64  `json:"entity_id"`
	ParentID   uint64  `json:"parent_id"`
	City       string  `json:"city"`
	Company    string  `json:"company"`
	CountryID  string  `json:"country_id"`
	FirstName  string  `json:"firstname"`
	LastName   string  `json:"lastname"`
	MiddleName string  `json:"middlename"`
	Postcode   string  `json:"postcode"`
	Prefix     string  `json:"prefix"`
	Region     string  `json:"region"`
	RegionID   *uint64 `json:"region_id"`
	Street     string  `json:"street"`
	Suffix     string  `json:"suffix"`
	Telephone  string  `json:"telephone"`
	VATID      string  `json:"vat_id"`
}
