package sink

import (
	"context"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

// An EraseRequest says whose data is to be erased: a customer's, by the id in Magento, or that of a
// buyer with an e-mail address. The customer's own address is erased too, and the customers with the
// address.
type EraseRequest struct {
	Source   string
	Customer uint64 // 0 is none
	Email    string // "" is none
}

// Erase takes a person out of Postgres. With plan it only says what it would do: everything is done
// in a transaction that is taken back.
func Erase(ctx context.Context, db *postgres.DB, r EraseRequest, planned bool) (e postgres.Erasure, err error) {
	s, err := subjectOf(ctx, db, r)
	if err != nil {
		return e, err
	}
	if planned {
		err = db.Rehearse(ctx, func(db *postgres.DB) error {
			e, err = db.Erase(ctx, s, personalCut)
			return err
		})
	} else {
		e, err = db.Erase(ctx, s, personalCut)
	}
	return e, err
}

// subjectOf finds out under which ids and which address a person is known.
func subjectOf(ctx context.Context, db *postgres.DB, r EraseRequest) (s postgres.Subject, err error) {
	email := r.Email
	if r.Customer != 0 {
		if email, err = db.EmailOf(ctx, r.Source, r.Customer); err != nil {
			return s, err
		}
		s.Customers = []uint64{r.Customer}
	}
	s.Source = r.Source
	if email = strings.ToLower(strings.TrimSpace(email)); email == "" {
		return s, nil
	}
	s.Email, s.Digest, s.Guest = email, plan.MarkedDigest(email), plan.GuestKey(r.Source, email)
	if r.Customer != 0 {
		return s, nil // another customer may have the address, and is another person
	}
	others, err := db.CustomersOf(ctx, r.Source, s.Email, s.Digest)
	s.Customers = slices.Concat(s.Customers, others)
	return s, err
}
