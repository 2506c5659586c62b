package chart

import "strings"

// A Region is a province of Canada or a state of the USA; other countries have none here.
type Region struct {
	ID      string // "CA-ON"
	Name    string
	Country string
}

// Regions by the code of their country and their own.
var Regions = func() (all []Region) {
	for i := 0; i+1 < len(regionNames); i += 2 {
		all = append(all, Region{regionNames[i], regionNames[i+1], regionNames[i][:2]})
	}
	return all
}()

// KnownRegion says whether a country has a region of this code, written as Sage wants it:
// ON in Canada, US-CA in the USA. Where a country has no regions, any text is one.
func KnownRegion(country, code string) bool {
	if country != "CA" && country != "US" {
		return true
	}
	for _, r := range Regions {
		if r.Country == country && (r.ID == code || country == "CA" && strings.TrimPrefix(r.ID, "CA-") == code) {
			return true
		}
	}
	return false
}

var regionNames = []string{
	"CA-AB", "Alberta", "CA-BC", "British Columbia", "CA-MB", "Manitoba", "CA-NB", "New Brunswick",
	"CA-NL", "Newfoundland and Labrador", "CA-NS", "Nova Scotia", "CA-NT", "Northwest Territories", "CA-NU", "Nunavut",
	"CA-ON", "Ontario", "CA-PE", "Prince Edward Island", "CA-QC", "Quebec", "CA-SK", "Saskatchewan", "CA-YT", "Yukon",
	"US-AK", "Alaska", "US-AL", "Alabama", "US-AR", "Arkansas", "US-AZ", "Arizona", "US-CA", "California", "US-CO", "Colorado",
	"US-CT", "Connecticut", "US-DC", "District of Columbia", "US-DE", "Delaware", "US-FL", "Florida", "US-GA", "Georgia",
	"US-HI", "Hawaii", "US-IA", "Iowa", "US-ID", "Idaho", "US-IL", "Illinois", "US-IN", "Indiana", "US-KS", "Kansas",
	"US-KY", "Kentucky", "US-LA", "Louisiana", "US-MA", "Massachusetts", "US-MD", "Maryland", "US-ME", "Maine", "US-MI", "Michigan",
	"US-MN", "Minnesota", "US-MO", "Missouri", "US-MS", "Mississippi", "US-MT", "Montana", "US-NC", "North Carolina",
	"US-ND", "North Dakota", "US-NE", "Nebraska", "US-NH", "New Hampshire", "US-NJ", "New Jersey", "US-NM", "New Mexico",
	"US-NV", "Nevada", "US-NY", "New York", "US-OH", "Ohio", "US-OK", "Oklahoma", "US-OR", "Oregon", "US-PA", "Pennsylvania",
	"US-RI", "Rhode Island", "US-SC", "South Carolina", "US-SD", "South Dakota", "US-TN", "Tennessee", "US-TX", "Texas",
	"US-UT", "Utah", "US-VA", "Virginia", "US-VT", "Vermont", "US-WA", "Washington", "US-WI", "Wisconsin", "US-WV", "West Virginia",
	"US-WY", "Wyoming",
}
