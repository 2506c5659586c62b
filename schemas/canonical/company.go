package canonical

// Company is a company of Adobe Commerce's B2B modules: customers buy for it, and a customer
// says for which (Customer.CompanyID). It belongs to no website and no store.
type Company struct {
	Envelope
	MagentoID uint64 `json:"magento_id"`
	Name      string `json:"name"`
	LegalName string `json:"legal_name,omitempty"`
	Status    string `json:"status"` // pending, approved, rejected, blocked; unknown for another number
	Email     string `json:"email"`
	VATNumber string `json:"vat_number,omitempty"`
	// ResellerID is the number under which it buys to sell on.
	ResellerID string `json:"reseller_id,omitempty"`
	// Address is where the company is. Its kind is "legal"; it names no person.
	Address   *Address `json:"address"`              // null when deleted
	GroupID   *int     `json:"group_id,omitempty"`   // of its customers; absent where Magento has deleted it
	GroupCode string   `json:"group_code,omitempty"` // as of today
	// SuperUserID is the customer who administers it.
	SuperUserID uint64 `json:"super_user_id,omitempty"`
}

// Statuses of companies. Magento has them as the numbers 0 to 3.
const (
	CompanyPending  = "pending"
	CompanyApproved = "approved"
	CompanyRejected = "rejected"
	CompanyBlocked  = "blocked"
	CompanyUnknown  = "unknown"
)

func (c *Company) ID() ID { return NewID(KindCompany, c.MagentoEntityID) }

func (c *Company) Head() *Envelope { return &c.Envelope }

func (c *Company) Content() Entity {
	out := *c
	out.strip()
	return &out
}
