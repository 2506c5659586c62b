package shop

import (
	"context"
	"database/sql"
	"fmt"
)

// CreateCustomer registers somebody with an address that is the default for
// both. The first transaction has no address yet; readers must not conclude
// anything from it.
func (s *Shop) CreateCustomer(ctx context.Context, who Person) (int64, error) {
	var id int64
	err := s.transaction(ctx, func(tx *sql.Tx) (err error) {
		id, err = s.writeCustomer(ctx, tx, who)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("create customer: %w", err)
	}
	steps := []func() error{
		func() error { return s.listCustomer(ctx, id, who) },
		func() error { return s.AddAddress(ctx, id, who) },
		func() error { return s.relistCustomer(ctx, id, who) },
		func() error {
			return s.update(ctx, s.db, key{"customer_entity", "entity_id", id}, row{"rp_token": s.secret("token"), "rp_token_created_at": s.now()})
		},
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return 0, fmt.Errorf("create customer: %w", err)
		}
	}
	return id, nil
}

// writeCustomer writes the customer's row and the one attribute that this shop
// added to Magento's own, an account number.
func (s *Shop) writeCustomer(ctx context.Context, tx *sql.Tx, who Person) (int64, error) {
	now := s.now()
	id, err := s.insert(ctx, tx, "customer_entity", row{
		"website_id": 1, "email": who.Email, "group_id": 1, "store_id": 1, "created_at": now, "updated_at": now,
		"created_in": "United Kingdom", "firstname": who.FirstName, "lastname": who.LastName,
		"password_hash": s.secret("password"), "taxvat": nullable(who.VATNumber),
	})
	if err != nil {
		return 0, err
	}
	_, err = s.insert(ctx, tx, "customer_entity_varchar", row{
		"entity_id": id, "attribute_id": accountNumber, "value": fmt.Sprintf("AC-%06d", id),
	})
	return id, err
}

// AddAddress adds an address and makes it the default for billing and shipping,
// in one transaction.
func (s *Shop) AddAddress(ctx context.Context, customer int64, who Person) error {
	return s.transaction(ctx, func(tx *sql.Tx) error {
		address := who.address()
		address["parent_id"], address["created_at"], address["updated_at"] = customer, s.now(), s.now()
		id, err := s.insert(ctx, tx, "customer_address_entity", address)
		if err != nil {
			return err
		}
		return s.update(ctx, tx, key{"customer_entity", "entity_id", customer}, row{"default_billing": id, "default_shipping": id})
	})
}

// EditCustomer changes the name. Magento rewrites the reset token and touches
// every address in the same transaction.
func (s *Shop) EditCustomer(ctx context.Context, customer int64, firstName, lastName string) error {
	err := s.transaction(ctx, func(tx *sql.Tx) error {
		if err := s.update(ctx, tx, key{"customer_entity", "entity_id", customer}, row{
			"firstname": firstName, "lastname": lastName, "rp_token": s.secret("token"), "updated_at": s.now(),
		}); err != nil {
			return err
		}
		return s.update(ctx, tx, key{"customer_address_entity", "parent_id", customer}, row{"region_id": 0, "updated_at": s.now()})
	})
	if err == nil {
		var who Person
		if who, err = s.customerPerson(ctx, customer); err == nil {
			err = s.relistCustomer(ctx, customer, who)
		}
	}
	if err != nil {
		return fmt.Errorf("edit customer %d: %w", customer, err)
	}
	return nil
}

// EditAddress replaces the default billing address; the customer's own row does
// not change.
func (s *Shop) EditAddress(ctx context.Context, customer int64, who Person) error {
	header, err := s.one(ctx, s.db, key{"customer_entity", "entity_id", customer})
	if err == nil {
		address := who.address()
		address["updated_at"] = s.now()
		err = s.update(ctx, s.db, key{"customer_address_entity", "entity_id", header.int("default_billing")}, address)
	}
	if err == nil {
		err = s.relistCustomer(ctx, customer, who)
	}
	if err != nil {
		return fmt.Errorf("edit address of customer %d: %w", customer, err)
	}
	return nil
}

// DeleteCustomer deletes one row; the database deletes the addresses and clears
// the orders' customer_id without a trace in the binlog.
func (s *Shop) DeleteCustomer(ctx context.Context, customer int64) error {
	if err := s.remove(ctx, s.db, key{"customer_entity", "entity_id", customer}); err != nil {
		return fmt.Errorf("delete customer %d: %w", customer, err)
	}
	return s.remove(ctx, s.db, key{"customer_grid_flat", "entity_id", customer})
}

// customerPerson reads a customer and the default billing address.
func (s *Shop) customerPerson(ctx context.Context, customer int64) (Person, error) {
	c, err := s.one(ctx, s.db, key{"customer_entity", "entity_id", customer})
	if err != nil {
		return Person{}, err
	}
	a, err := s.one(ctx, s.db, key{"customer_address_entity", "entity_id", c.int("default_billing")})
	if err != nil {
		return Person{}, err
	}
	return Person{
		FirstName: c.text("firstname"), LastName: c.text("lastname"), Email: c.text("email"),
		Company: a.text("company"), VATNumber: a.text("vat_id"), Street: a.text("street"), City: a.text("city"),
		Postcode: a.text("postcode"), Country: a.text("country_id"), Telephone: a.text("telephone"),
	}, nil
}

func (s *Shop) listCustomer(ctx context.Context, customer int64, who Person) error {
	_, err := s.insert(ctx, s.db, "customer_grid_flat", row{
		"entity_id": customer, "name": who.Name(), "email": who.Email, "group_id": 1, "website_id": 1, "created_at": s.now(),
		"billing_firstname": who.FirstName, "billing_lastname": who.LastName,
		"billing_postcode": who.Postcode, "billing_country_id": who.Country,
	})
	return err
}

// relistCustomer is a delete and an insert in two transactions.
func (s *Shop) relistCustomer(ctx context.Context, customer int64, who Person) error {
	if err := s.remove(ctx, s.db, key{"customer_grid_flat", "entity_id", customer}); err != nil {
		return err
	}
	return s.listCustomer(ctx, customer, who)
}

func nullable(text string) any {
	if text == "" {
		return nil
	}
	return text
}
