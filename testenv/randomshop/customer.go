package randomshop

import (
	"fmt"

	"pgregory.net/rapid"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// A customer registers, keeps addresses, and may buy for a company.
type customer struct {
	*sheet
	t                 *rapid.T
	n                 *numbers
	id                uint64
	email, name       string
	group             int
	addresses         map[uint64]string // the city of each
	order             []uint64          // the addresses, oldest first
	billing, shipping uint64            // 0 is none
	company           uint64
	gone              bool
}

func drawCustomer(t *rapid.T, n *numbers, id uint64) Master {
	c := &customer{
		sheet: newSheet(change.NewRoot(change.AggregateCustomer, id)), t: t, n: n, id: id,
		email: fmt.Sprintf("c%d@example.com", id), name: "Ada", group: 1, addresses: map[uint64]string{},
	}
	c.insert("customer_entity", columns{
		"entity_id": id, "website_id": 1, "email": c.email, "group_id": 1, "store_id": 1, "created_at": c.now(), "updated_at": c.now(), "is_active": 1,
		"firstname": c.name, "lastname": "Byron", "default_billing": nil, "default_shipping": nil, "taxvat": nil,
	})
	c.commit()
	steps := []func(){c.add, c.add, c.choose, c.choose, c.move, c.forget, c.rename, c.regroup, c.join, c.saveUnchanged, c.leave}
	for range rapid.IntRange(0, 10).Draw(t, "steps") {
		if c.gone {
			break
		}
		steps[rapid.IntRange(0, len(steps)-1).Draw(t, "step")]()
		c.commit()
	}
	return Master{c.root, c.done, c.shows()}
}

func (c *customer) save(changed columns) {
	changed["entity_id"], changed["updated_at"] = c.id, c.now()
	c.update("customer_entity", changed)
}

func (c *customer) add() {
	id := next(&c.n.others)
	c.addresses[id] = fmt.Sprintf("City %d", id)
	c.order = append(c.order, id)
	c.insert("customer_address_entity", columns{
		"entity_id": id, "parent_id": c.id, "firstname": c.name, "lastname": "Byron", "street": "1 High Street", "city": c.addresses[id],
		"postcode": "LS1 1AA", "country_id": "GB", "telephone": "0113 496 0000",
	})
}

// one draws an address; 0 where there is none.
func (c *customer) one() uint64 {
	if len(c.order) == 0 {
		return 0
	}
	return rapid.SampledFrom(c.order).Draw(c.t, "address")
}

// choose makes an address the default one.
func (c *customer) choose() {
	id := c.one()
	if id == 0 {
		return
	}
	if rapid.Bool().Draw(c.t, "billing") {
		c.billing = id
		c.save(columns{"default_billing": id})
		return
	}
	c.shipping = id
	c.save(columns{"default_shipping": id})
}

func (c *customer) move() {
	if id := c.one(); id != 0 {
		c.addresses[id] += "+"
		c.update("customer_address_entity", columns{"entity_id": id, "city": c.addresses[id]})
	}
}

// forget deletes an address. Magento takes it out of the defaults, in this transaction or in
// the next.
func (c *customer) forget() {
	id := c.one()
	if id == 0 {
		return
	}
	c.delete("customer_address_entity", columns{"entity_id": id})
	delete(c.addresses, id)
	for n := range c.order {
		if c.order[n] == id {
			c.order = append(c.order[:n:n], c.order[n+1:]...)
			break
		}
	}
	if rapid.Bool().Draw(c.t, "in a transaction of its own") {
		c.commit()
	}
	if c.billing == id {
		c.billing = 0
		c.save(columns{"default_billing": nil})
	}
	if c.shipping == id {
		c.shipping = 0
		c.save(columns{"default_shipping": nil})
	}
}

func (c *customer) rename() {
	c.name = rapid.SampledFrom([]string{"Ada", "Augusta", "Ann"}).Draw(c.t, "name")
	c.save(columns{"firstname": c.name})
}

func (c *customer) regroup() {
	c.group = rapid.IntRange(0, 1).Draw(c.t, "group")
	c.save(columns{"group_id": c.group})
}

// join makes the customer buy for a company, or for none: its row stays with the company 0.
func (c *customer) join() {
	first := c.rows["company_advanced_customer_entity"+key("company_advanced_customer_entity", columns{"customer_id": c.id})] == nil
	c.company = uint64(rapid.IntRange(0, 2).Draw(c.t, "company"))
	row := columns{"customer_id": c.id, "company_id": c.company, "status": 1}
	if first {
		c.insert("company_advanced_customer_entity", row)
		return
	}
	c.update("company_advanced_customer_entity", row)
}

func (c *customer) saveUnchanged() {
	c.saveAgain("customer_entity", columns{"entity_id": c.id, "updated_at": c.now()})
}

func (c *customer) leave() {
	c.deleteAll("customer_entity", columns{"entity_id": c.id}, rapid.Bool().Draw(c.t, "the cascade is logged"))
	c.gone = true
}

func (c *customer) shows() map[string]string {
	if c.gone {
		return nil
	}
	companies := 0
	if c.company != 0 {
		companies = 1
	}
	return map[string]string{
		"companies": fmt.Sprint(companies), "email": c.email, "name": c.name, "group": map[int]string{0: "NOT LOGGED IN", 1: "General"}[c.group],
		"billing": c.addresses[c.billing], "shipping": c.addresses[c.shipping], "company": fmt.Sprint(c.company),
	}
}

// drawCompany draws what becomes of a company, and of whom it is.
func drawCompany(t *rapid.T, id uint64) Master {
	s := newSheet(change.NewRoot(change.AggregateCompany, id))
	row := columns{
		"entity_id": id, "status": 0, "company_name": fmt.Sprintf("Company %d", id), "company_email": "books@example.com", "street": "2 Low Street",
		"city": "York", "country_id": "GB", "customer_group_id": 1, "super_user_id": 1,
	}
	s.insert("company", row)
	s.commit()
	statuses := []string{"pending", "approved", "rejected", "blocked"}
	shows := map[string]string{"name": fmt.Sprintf("Company %d", id), "status": "pending", "administrator": "1"}
	for range rapid.IntRange(0, 5).Draw(t, "steps") {
		switch rapid.IntRange(0, 6).Draw(t, "step") {
		case 0:
			s.delete("company", row)
			s.commit()
			return Master{s.root, s.done, nil}
		case 1:
			shows["name"] = rapid.SampledFrom([]string{"Mills", "Mills Ltd"}).Draw(t, "name")
			s.update("company", columns{"entity_id": id, "company_name": shows["name"]})
		case 2:
			admin := rapid.IntRange(1, 2).Draw(t, "administrator")
			shows["administrator"] = fmt.Sprint(admin)
			s.update("company", columns{"entity_id": id, "super_user_id": admin})
		default:
			status := rapid.IntRange(0, 3).Draw(t, "status")
			shows["status"] = statuses[status]
			s.update("company", columns{"entity_id": id, "status": status})
		}
		s.commit()
	}
	return Master{s.root, s.done, shows}
}
