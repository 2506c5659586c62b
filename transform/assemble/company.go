package assemble

import (
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// companyAggregate makes a company of its only row. The code of its group is that of today.
var companyAggregate = aggregateRules{
	kind: change.AggregateCompany, assemble: assembleCompany, dependsOnReference: true,
}

// companyTable is the only table of companies.
const companyTable = "company"

// companyKind is a company's row in the table of kinds. It has no totals.
var companyKind = kindRules{
	kind:     canonical.KindCompany,
	goneWith: []string{companyTable},
	deletion: func(id canonical.ID, _ change.Root) canonical.Entity {
		return &canonical.Company{Envelope: canonical.Envelope{MagentoEntityID: id.Number(), Deleted: true}, MagentoID: id.Number()}
	},
	state: of(func(e *canonical.Company) string { return e.Status }),
	event: func(before Previous, _ string) string {
		if !before.emitted() {
			return "created"
		}
		return "updated"
	},
	foots: of(func(*canonical.Company) bool { return true }),
	lacks: of(func(*canonical.Company) bool { return false }), // follows reference data anyway
}

func assembleCompany(rows aggregateRows, ref Reference) (a Assembly, err error) {
	for _, row := range rows.alive {
		if row.Table != companyTable {
			continue // of a table that only a later version knows
		}
		c, err := decode[magento.Company](row)
		if err != nil {
			return Assembly{}, err
		}
		a.Entities = append(a.Entities, newCompany(c, ref))
	}
	return a, nil
}

func newCompany(row *magento.Company, ref Reference) *canonical.Company {
	address := newAddress("legal", magento.Address{
		Street: row.Street, City: row.City, Region: row.Region, RegionID: row.RegionID, Postcode: row.Postcode,
		CountryID: row.CountryID, Telephone: row.Telephone,
	})
	e := &canonical.Company{
		Envelope: canonical.Envelope{MagentoEntityID: row.EntityID}, MagentoID: row.EntityID,
		Name: row.CompanyName, LegalName: row.LegalName, Status: companyStatus(row.Status), Email: row.CompanyEmail,
		VATNumber: row.VATTaxID, ResellerID: row.ResellerID, Address: &address, GroupID: row.CustomerGroupID,
	}
	if row.CustomerGroupID != nil {
		e.GroupCode, _ = ref.Group(*row.CustomerGroupID)
	}
	if row.SuperUserID != nil {
		e.SuperUserID = *row.SuperUserID
	}
	return e
}

// companyStatus is the word for company.status.
func companyStatus(status int) string {
	switch status {
	case magento.CompanyPending:
		return canonical.CompanyPending
	case magento.CompanyApproved:
		return canonical.CompanyApproved
	case magento.CompanyRejected:
		return canonical.CompanyRejected
	case magento.CompanyBlocked:
		return canonical.CompanyBlocked
	}
	return canonical.CompanyUnknown
}
