package money

import "slices"

// The currencies of ISO 4217 whose smallest unit is not a hundredth of the whole.
var (
	wholeUnits  = []string{"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"}
	thousandths = []string{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
)

// Places is how many decimals the amounts of a currency have, by ISO 4217: two, unless it
// says otherwise.
func Places(currency string) int {
	switch {
	case slices.Contains(wholeUnits, currency):
		return 0
	case slices.Contains(thousandths, currency):
		return 3
	}
	return 2
}
