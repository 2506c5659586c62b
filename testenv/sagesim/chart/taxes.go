package chart

import "github.com/mage2sage/mage2sage/testenv/sagesim/decimal"

// A TaxRate is one rate of the business, with the percentage in force today.
type TaxRate struct {
	ID         string         `json:"id"`
	Name       string         `json:"displayed_as"`
	Percentage decimal.Number `json:"percentage"`
}

// Free says whether lines at this rate may leave their tax amount out.
func (r TaxRate) Free() bool { return r.Percentage.IsZero() }

// TaxRates are the British rates, then rates such as a shop makes for itself
// when it sells abroad; these have hex ids.
var TaxRates = append([]TaxRate{
	{"GB_STANDARD", "Standard 20.00%", decimal.Int(20)},
	{"GB_LOWER", "Lower Rate 5.00%", decimal.Int(5)},
	{"GB_ZERO", "Zero Rated 0.00%", decimal.Int(0)},
	{"GB_EXEMPT", "Exempt 0.00%", decimal.Int(0)},
	{"GB_NO_TAX", "No VAT", decimal.Int(0)},
},
	ownRate("Germany 19%", "19"), ownRate("Germany reduced 7%", "7"),
	ownRate("Netherlands 21%", "21"), ownRate("Italy 22%", "22"), ownRate("Ireland 23%", "23"),
	ownRate("Finland 24%", "24"), ownRate("Sweden 25%", "25"), ownRate("Spain reduced 10%", "10"),
	ownRate("France reduced 5.5%", "5.5"), ownRate("California 8.25%", "8.25"), ownRate("New York 8.375%", "8.375"),
)

func ownRate(name, percentage string) TaxRate {
	return TaxRate{ID("tax_rate", name), name, decimal.Must(percentage)}
}

var taxRatesByID = func() map[string]TaxRate {
	m := map[string]TaxRate{}
	for _, r := range TaxRates {
		m[r.ID] = r
	}
	return m
}()

// FindTaxRate returns the tax rate with this id.
func FindTaxRate(id string) (TaxRate, bool) {
	r, ok := taxRatesByID[id]
	return r, ok
}
