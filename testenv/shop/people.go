package shop

import (
	"fmt"
	"strings"
)

// A Person is whom an order or a customer account names. All are invented; the
// addresses use example.com.
type Person struct {
	FirstName, LastName string
	Email               string
	Company             string // empty for most
	VATNumber           string // only with a company
	Street              string // lines separated by \n
	City, Postcode      string
	Country             string // ISO 3166-1, two letters
	Telephone           string
}

// Name is the first and the last name.
func (p Person) Name() string { return p.FirstName + " " + p.LastName }

var (
	firstNames = []string{"Ada", "Bruno", "Chloë", "Dmitri", "Éamon", "Farah", "Greta", "Hamish", "Imogen", "Jürgen", "Keiko", "Łukasz", "Maeve", "Niamh", "Oskar", "Priya"}
	lastNames  = []string{"Abernathy", "Björk", "Castellano", "Dubois", "Edwards", "Fitzgerald", "Grünwald", "Hughes", "Ivanova", "Janssen", "Kowalski", "Lefèvre", "Müller", "O'Neill", "Patel", "Quigley"}
	streets    = []string{"High Street", "Mill Lane", "Station Road", "Church Walk", "Quay Side", "Orchard Close"}
	companies  = []string{"Abernathy & Sons Ltd", "Blue Kettle Trading", "Castle Interiors GmbH", "Dubois Frères SARL"}
	britain    = []place{{"Bristol", "BS1 4DJ", "GB"}, {"Leeds", "LS1 5ES", "GB"}, {"York", "YO1 9TL", "GB"}, {"Cardiff", "CF10 1BH", "GB"}}
	europe     = []place{{"Dublin", "D02 X285", "IE"}, {"Köln", "50667", "DE"}, {"Lyon", "69001", "FR"}, {"Utrecht", "3511 LX", "NL"}}
)

type place struct{ city, postcode, country string }

// person draws somebody from the seed who lives where the store view sells.
func (s *Shop) person(view store) Person {
	places := britain
	if view.currency != baseCurrency {
		places = europe
	}
	where := places[s.intn(len(places))]
	p := Person{
		FirstName: firstNames[s.intn(len(firstNames))], LastName: lastNames[s.intn(len(lastNames))],
		Street: fmt.Sprintf("%d %s", 1+s.intn(200), streets[s.intn(len(streets))]),
		City:   where.city, Postcode: where.postcode, Country: where.country,
		Telephone: fmt.Sprintf("0%09d", s.intn(1_000_000_000)),
	}
	p.Email = fmt.Sprintf("%s.%09d@example.com", asciiOnly(strings.ToLower(p.LastName)), s.intn(1_000_000_000))
	if s.chance(15) {
		p.Company = companies[s.intn(len(companies))]
		p.VATNumber = fmt.Sprintf("%s%09d", where.country, s.intn(1_000_000_000))
		p.Street += "\nUnit " + fmt.Sprint(1+s.intn(40))
	}
	return p
}

func asciiOnly(text string) string {
	return strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, text)
}

// address is the columns that customer, order and cart addresses share.
func (p Person) address() row {
	r := row{
		"firstname": p.FirstName, "lastname": p.LastName, "street": p.Street, "city": p.City,
		"postcode": p.Postcode, "country_id": p.Country, "telephone": p.Telephone,
	}
	if p.Company != "" {
		r["company"], r["vat_id"] = p.Company, p.VATNumber
	}
	return r
}
