package assemble

import (
	"strings"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

func newAddress(kind string, a magento.Address) canonical.Address {
	return canonical.Address{
		Kind: kind, FirstName: a.FirstName, MiddleName: a.MiddleName, LastName: a.LastName, Company: a.Company,
		Street: streetLines(a.Street), City: a.City, Region: a.Region, RegionID: regionID(a.RegionID),
		Postcode: a.Postcode, CountryID: a.CountryID, Telephone: a.Telephone, VATNumber: a.VATID,
	}
}

// streetLines splits at line feeds and leaves out empty lines.
func streetLines(street string) []string {
	lines := []string{}
	for line := range strings.SplitSeq(street, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// regionID is id unless it is 0: Magento writes both NULL and 0 for no region.
func regionID(id *uint64) *uint64 {
	if id == nil || *id == 0 {
		return nil
	}
	return id
}
