package contract

import (
	"net/http"
	"strings"
	"sync"
)

// contact is a request for one; its key is the idempotency id.
func (b *Business) contact(key, reference string) fields {
	return fields{"idempotency_id": key, "name": "Contract Test", "contact_type_ids": []string{"CUSTOMER"}, "reference": reference}
}

var aboutIdempotency = []Question{
	{
		Name: "idempotency", Text: "Does a POST that is repeated with its idempotency id get the first answer, and make nothing?",
		Answers: []Answer{{"it gets the first answer", ""}, {"it makes another one", "--idempotency-memory=-1s"}},
		Ask: func(b *Business) (string, error) {
			key, reference := newKey(), ""
			first, err := b.post("/contacts", "contact", b.contact(key, reference))
			if err != nil {
				return "", err
			}
			again, err := b.post("/contacts", "contact", b.contact(key, reference))
			switch {
			case err != nil || again.status != 201:
				return otherwise(again), err
			case again.str("id") == first.str("id"):
				return "it gets the first answer", nil
			}
			return "it makes another one", nil
		},
	},
	{
		Name: "other body", Text: "What does an idempotency id get that comes again with another body?",
		Answers: []Answer{{"the first answer", ""}, {"a refusal", "--refuse-other-body"}},
		Ask: func(b *Business) (string, error) {
			key, name := newKey(), b.Reference()
			first, err := b.post("/contacts", "contact", b.contact(key, name))
			if err != nil {
				return "", err
			}
			again, err := b.post("/contacts", "contact", b.contact(key, b.Reference()))
			switch {
			case err != nil:
				return "", err
			case again.status == 201 && again.str("id") == first.str("id"):
				return "the first answer", nil
			case again.status/100 == 4:
				return "a refusal", nil
			}
			return "another contact", nil
		},
	},
	{
		Name: "refusal", Text: "Is an idempotency id free again after its request was refused?",
		Answers: []Answer{{"it is free", ""}, {"it gets the refusal again", "--remember-refusals"}},
		Ask: func(b *Business) (string, error) {
			key := newKey()
			if r, err := b.post("/contacts", "contact", b.contact(key, strings.Repeat("T", 11))); err != nil || r.status != 422 {
				return "", notAsked("a reference of 11 characters was not refused: %s", r.said())
			}
			again, err := b.post("/contacts", "contact", b.contact(key, b.Reference()))
			switch {
			case err != nil:
				return "", err
			case again.status == 201:
				return "it is free", nil
			case again.status == 422:
				return "it gets the refusal again", nil
			}
			return otherwise(again), nil
		},
	},
	{
		Name: "at once", Text: "What does a second request get while the first with its idempotency id is under way?",
		Answers: []Answer{{"the first answer", ""}, {"a refusal", "--refuse-concurrent"}},
		Ask:     askAtOnce,
	},
	{
		Name: "businesses", Text: "Do two businesses share their idempotency ids?",
		Answers: []Answer{{"each has its own", ""}, {"they share them", "--shared-keys"}},
		Ask:     askOtherBusiness,
	},
}

func askAtOnce(b *Business) (string, error) {
	if _, err := b.Access.Token(); err != nil { // so that no call waits for one
		return "", err
	}
	key, reference := newKey(), b.Reference()
	replies, errs := make([]reply, 4), make([]error, 4)
	var wait sync.WaitGroup
	for i := range replies {
		wait.Go(func() {
			replies[i], errs[i] = b.call(http.MethodPost, "/contacts", fields{"contact": b.contact(key, reference)})
		})
	}
	wait.Wait()
	made := map[string]bool{}
	refused := reply{}
	for i, r := range replies {
		switch {
		case errs[i] != nil:
			return "", errs[i]
		case r.status == 201:
			made[r.str("id")] = true
		default:
			refused = r
		}
	}
	for id := range made {
		b.made = append(b.made, "/contacts/"+id)
	}
	switch {
	case len(made) != 1:
		return "several contacts, or none", nil
	case refused.status/100 == 4:
		return "a refusal", nil
	case refused.status != 0:
		return otherwise(refused), nil
	}
	return "the first answer", nil
}

// askOtherBusiness posts in another business only where its name says that it is a trial, too.
func askOtherBusiness(b *Business) (string, error) {
	list, err := b.must(200, http.MethodGet, "/businesses", nil)
	if err != nil {
		return "", err
	}
	items, _ := list.get("$items").([]any)
	for _, item := range items {
		object, _ := item.(map[string]any)
		one := reply{object: object}
		if one.str("id") == b.ID || !strings.Contains(strings.ToLower(one.str("displayed_as")), "trial") {
			continue
		}
		other := &Business{API: b.API, ID: one.str("id"), Access: b.Access}
		defer func() { other.TakeBack(other.made...) }()
		key := newKey()
		first, err := b.post("/contacts", "contact", b.contact(key, b.Reference()))
		if err != nil {
			return "", err
		}
		second, err := other.post("/contacts", "contact", b.contact(key, b.Reference()))
		switch {
		case err != nil || second.status != 201:
			return otherwise(second), err
		case second.str("id") == first.str("id"):
			return "they share them", nil
		}
		return "each has its own", nil
	}
	return "", notAsked("it needs a second business whose name has the word trial in it")
}
