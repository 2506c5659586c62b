package contract

import (
	"net/http"
	"strconv"
)

var aboutLists = []Question{
	{
		Name: "large pages", Text: "What is answered to items_per_page=201?",
		Answers: []Answer{{"a refusal", ""}, {"200 of them", "--clamp-pages"}},
		Ask: func(b *Business) (string, error) {
			r, err := b.call(http.MethodGet, "/contacts?items_per_page=201", nil)
			switch {
			case err != nil:
				return "", err
			case r.status/100 == 4:
				return "a refusal", nil
			case r.str("$itemsPerPage") == "200":
				return "200 of them", nil
			}
			return r.str("$itemsPerPage") + " of them", nil
		},
	},
	{
		Name: "search", Text: "What of a contact's reference finds it: any part, its beginning, or all of it?",
		Answers: []Answer{{"any part", ""}, {"its beginning", "--search=prefix"}, {"all of it", "--search=exact"}},
		Ask: func(b *Business) (string, error) {
			reference := b.Reference()
			id, err := b.customer(b.Base, fields{"reference": reference})
			if err != nil {
				return "", err
			}
			for _, try := range []struct{ text, found string }{{reference[1:], "any part"}, {reference[:len(reference)-1], "its beginning"}, {reference, "all of it"}} {
				found, err := b.first("/contacts?attributes=reference&items_per_page=200&search="+try.text, func(c reply) bool { return c.str("id") == id })
				if err == nil && found == id {
					return try.found, nil
				}
			}
			return "nothing finds it: lists may lag behind", nil
		},
	},
	{
		Name: "throttling", Text: "Does an answer of 429 say when to come back?",
		Answers: []Answer{{"there was none in 300 calls", ""}, {"it says so in seconds", told}, {"it does not", told}},
		Ask: func(b *Business) (string, error) {
			if !b.Risk {
				return "", notAsked("300 calls at once may get the app throttled: set %s=1", riskVar)
			}
			for range 300 {
				r, err := b.call(http.MethodGet, "/user", nil)
				switch {
				case err != nil:
					return "", err
				case r.status != http.StatusTooManyRequests:
					continue
				}
				if _, err := strconv.Atoi(r.header.Get("Retry-After")); err == nil {
					return "it says so in seconds", nil
				}
				return "it does not", nil
			}
			return "there was none in 300 calls", nil
		},
	},
}
