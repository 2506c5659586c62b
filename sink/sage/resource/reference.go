package resource

import (
	"github.com/mage2sage/mage2sage/schemas/money"
)

// Ref is a reference to another resource.
type Ref struct {
	ID          string `json:"id"`
	DisplayedAs string `json:"displayed_as"`
}

// TaxRate is one of a business's tax rates.
type TaxRate struct {
	ID          string       `json:"id"`
	DisplayedAs string       `json:"displayed_as"`
	Percentage  money.Amount `json:"percentage"`
}
