package resource

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// Ref is a reference to another resource.
type Ref struct {
	ID          string `json:"id"`
	DisplayedAs string `json:"displayed_as"`
}

// UnmarshalJSON takes an object, an id alone, and null; the id may be a number: some of
// Sage's fixed lists were seen with numbers.
func (r *Ref) UnmarshalJSON(b []byte) error {
	*r = Ref{}
	if !bytes.HasPrefix(bytes.TrimSpace(b), []byte("{")) {
		id, err := scalar(b)
		r.ID = id
		return err
	}
	var read struct {
		ID          json.RawMessage `json:"id"`
		DisplayedAs string          `json:"displayed_as"`
	}
	if err := json.Unmarshal(b, &read); err != nil {
		return err
	}
	id, err := scalar(read.ID)
	*r = Ref{id, read.DisplayedAs}
	return err
}

// Count is a whole number that Sage may write as a number, a text or null.
type Count int

// UnmarshalJSON takes a number, a text with one, and null, which is 0.
func (c *Count) UnmarshalJSON(b []byte) error {
	text, err := scalar(b)
	*c = 0
	if err != nil || text == "" {
		return err
	}
	n, err := strconv.Atoi(text)
	*c = Count(n)
	return err
}

// scalar is a text or a number as a text; null, and nothing at all, is "".
func scalar(b []byte) (string, error) {
	if len(b) == 0 {
		return "", nil
	}
	var value any
	if !decode(b, &value) {
		return "", fmt.Errorf("%d bytes that are no JSON", len(b))
	}
	switch value.(type) {
	case nil, string, json.Number:
		return text(value), nil
	}
	return "", errors.New("neither a text nor a number")
}

// TaxRate is one of a business's tax rates.
type TaxRate struct {
	ID          string       `json:"id"`
	DisplayedAs string       `json:"displayed_as"`
	Percentage  money.Amount `json:"percentage"`
}

// ExchangeRate is what one unit of a currency is worth in the base currency.
type ExchangeRate struct {
	Currency     Ref          `json:"currency"`
	BaseCurrency Ref          `json:"base_currency"`
	Rate         money.Amount `json:"rate"`
	InverseRate  money.Amount `json:"inverse_rate"`
}
