package chart

import "github.com/mage2sage/mage2sage/testenv/sagesim/decimal"

// A Currency and what one unit of it is worth in pounds, invented and fixed.
type Currency struct {
	ID     string         `json:"id"`
	Name   string         `json:"displayed_as"`
	Symbol string         `json:"symbol"`
	Pounds decimal.Number `json:"-"`
}

// Currencies that a document may be in.
var Currencies = []Currency{
	currency("GBP", "Pound Sterling", "£", "1"), currency("EUR", "Euro", "€", "0.85"),
	currency("USD", "US Dollar", "$", "0.78"), currency("AUD", "Australian Dollar", "$", "0.51"),
	currency("CAD", "Canadian Dollar", "$", "0.57"), currency("CHF", "Swiss Franc", "CHF", "0.89"),
	currency("CZK", "Czech Koruna", "Kč", "0.034"), currency("DKK", "Danish Krone", "kr", "0.114"),
	currency("JPY", "Japanese Yen", "¥", "0.0052"), currency("NOK", "Norwegian Krone", "kr", "0.073"),
	currency("NZD", "New Zealand Dollar", "$", "0.47"), currency("PLN", "Polish Zloty", "zł", "0.2"),
	currency("SEK", "Swedish Krona", "kr", "0.075"),
}

func currency(id, name, symbol, pounds string) Currency {
	return Currency{id, name + " (" + id + ")", symbol, decimal.Must(pounds)}
}

// FindCurrency returns the currency with this ISO code.
func FindCurrency(id string) (Currency, bool) {
	for _, c := range Currencies {
		if c.ID == id {
			return c, true
		}
	}
	return Currency{}, false
}

// Rate is how many units of base one unit of currency is worth, to 10 decimals.
func Rate(base, currency string) decimal.Number {
	b, _ := FindCurrency(base)
	c, _ := FindCurrency(currency)
	return c.Pounds.Quo(b.Pounds, 10)
}

// Countries by ISO code; a shop's addresses may name any of these.
var Countries = func() []Named {
	var list []Named
	for i := 0; i < len(countryNames); i += 2 {
		list = append(list, Named{countryNames[i], countryNames[i+1] + " (" + countryNames[i] + ")"})
	}
	return list
}()

var countryNames = []string{
	"AE", "United Arab Emirates", "AR", "Argentina", "AT", "Austria", "AU", "Australia", "BE", "Belgium",
	"BG", "Bulgaria", "BR", "Brazil", "CA", "Canada", "CH", "Switzerland", "CL", "Chile", "CN", "China",
	"CY", "Cyprus", "CZ", "Czech Republic", "DE", "Germany", "DK", "Denmark", "EE", "Estonia", "ES", "Spain",
	"FI", "Finland", "FR", "France", "GB", "United Kingdom", "GG", "Guernsey", "GR", "Greece", "HK", "Hong Kong",
	"HR", "Croatia", "HU", "Hungary", "IE", "Ireland", "IL", "Israel", "IM", "Isle of Man", "IN", "India",
	"IS", "Iceland", "IT", "Italy", "JE", "Jersey", "JP", "Japan", "KR", "South Korea", "LI", "Liechtenstein",
	"LT", "Lithuania", "LU", "Luxembourg", "LV", "Latvia", "MT", "Malta", "MX", "Mexico", "NL", "Netherlands",
	"NO", "Norway", "NZ", "New Zealand", "PL", "Poland", "PT", "Portugal", "RO", "Romania", "RS", "Serbia",
	"SA", "Saudi Arabia", "SE", "Sweden", "SG", "Singapore", "SI", "Slovenia", "SK", "Slovakia", "TR", "Turkey",
	"TW", "Taiwan", "UA", "Ukraine", "US", "United States", "ZA", "South Africa",
}
