package canonical

// A Contact is a person or company as Magento knows it: the customer of a
// document, or a registered customer.
type Contact struct {
	MagentoID  uint64    `json:"magento_id"` // 0 for guests
	Email      string    `json:"email"`
	Prefix     string    `json:"prefix,omitempty"`
	FirstName  string    `json:"first_name,omitempty"`
	MiddleName string    `json:"middle_name,omitempty"`
	LastName   string    `json:"last_name,omitempty"`
	Suffix     string    `json:"suffix,omitempty"`
	Company    string    `json:"company,omitempty"`    // of the default billing address, else the shipping one
	Phone      string    `json:"phone,omitempty"`      // of the default billing address, else any
	VATNumber  string    `json:"vat_number,omitempty"` // of the customer, else of the billing address
	GroupID    *int      `json:"group_id,omitempty"`   // absent for guests
	GroupCode  string    `json:"group_code,omitempty"`
	Addresses  []Address `json:"addresses"`
	CreatedAt  string    `json:"created_at,omitempty"` // RFC 3339, UTC; guests: the order's
	UpdatedAt  string    `json:"updated_at,omitempty"`
}

// A Buyer is the customer of a document or an order.
type Buyer struct {
	Contact
	// WebsiteID is the website of the store where a registered customer bought, which is the
	// customer's own unless the shop shares accounts between websites. It is 0 for guests, and
	// where the store is not known.
	WebsiteID int `json:"website_id"`
}

// Customer is a registered customer. Its addresses are the default billing and the
// default shipping address; one that is both is listed twice.
type Customer struct {
	Envelope
	Contact
	IsActive   bool              `json:"is_active"`
	Store      *StoreView        `json:"store"` // null where the store is not known
	Attributes map[string]string `json:"attributes,omitempty"`
	// CompanyID is the company that the customer buys for; absent where there is none, and
	// where there are several. Who administers a company stands with it (Company.SuperUserID).
	CompanyID uint64       `json:"company_id,omitempty"`
	Companies []Membership `json:"companies,omitempty"` // by company; Adobe Commerce's B2B modules
}

// A Membership says that a customer buys for a company, or did.
type Membership struct {
	CompanyID uint64 `json:"company_id"`
	IsActive  bool   `json:"is_active"` // false: the company lets the customer buy no more
}

// Address is one address. Kind is "billing" or "shipping", and "legal" of a company.
type Address struct {
	Kind       string   `json:"kind"`
	FirstName  string   `json:"first_name,omitempty"`
	MiddleName string   `json:"middle_name,omitempty"`
	LastName   string   `json:"last_name,omitempty"`
	Company    string   `json:"company,omitempty"`
	Street     []string `json:"street"` // without empty lines
	City       string   `json:"city"`
	Region     string   `json:"region,omitempty"`
	RegionID   *uint64  `json:"region_id,omitempty"`
	Postcode   string   `json:"postcode,omitempty"`
	CountryID  string   `json:"country_id"` // ISO 3166-1 alpha-2
	Telephone  string   `json:"telephone,omitempty"`
	VATNumber  string   `json:"vat_number,omitempty"`
}

// StoreView is a store view of Magento with the settings that apply to it.
type StoreView struct {
	StoreID     int    `json:"store_id"`
	Code        string `json:"code"`
	Name        string `json:"name"`
	WebsiteID   int    `json:"website_id"`
	WebsiteCode string `json:"website_code"`
	Timezone    string `json:"timezone"`             // IANA name, such as Europe/London
	CountryID   string `json:"country_id,omitempty"` // general/country/default
}

func (c *Customer) ID() ID { return NewID(KindCustomer, c.MagentoEntityID) }

func (c *Customer) Head() *Envelope { return &c.Envelope }

func (c *Customer) Content() Entity {
	out := *c
	out.strip()
	out.UpdatedAt = ""
	return &out
}
