package assemble

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/money"
)

// A productValue is a row of a value table, with the key of its version and its value as text;
// none where it is NULL or empty.
type productValue struct {
	magento.ProductValue
	version uint64
	text    string
	row     Row
}

// addValue keeps a value, and that it is NULL: in a store this replaces the value of all stores.
func (p *productRows) addValue(row Row) error {
	decoded, err := decode[magento.ProductValue](row)
	if err != nil {
		return err
	}
	v := productValue{ProductValue: *decoded, row: row}
	switch {
	case v.RowID != nil:
		v.version = *v.RowID
	case v.EntityID != nil:
		v.version = *v.EntityID
	}
	if v.text, err = textOf(v.Value); err != nil {
		return &RowError{row, err}
	}
	p.values = append(p.values, v)
	p.hanging[v.version] = append(p.hanging[v.version], row)
	return nil
}

// textOf is the text of a JSON number or string, and "" of null.
func textOf(value json.RawMessage) (text string, err error) {
	if len(value) == 0 || string(value) == "null" {
		return "", nil
	}
	if value[0] == '"' {
		err = json.Unmarshal(value, &text)
		return text, err
	}
	return string(value), nil
}

// scopedValues are the values of a version by store and then by the attribute's code. Store 0
// has those of all stores.
type scopedValues map[int]map[string]productValue

// scoped sorts the values of a version out as Magento reads them: a value counts in its
// attribute's own table, and one of a store unless the attribute has one value everywhere. Of two
// for one thing, of which one must be about to go, the later counts. Values of unknown attributes are left out.
func (p *productRows) scoped(version uint64, ref Reference) scopedValues {
	all := scopedValues{}
	for _, v := range p.values {
		attribute, known := ref.ProductAttribute(v.AttributeID)
		if v.version != version || !known || v.row.Table != magento.ProductTable+"_"+attribute.BackendType {
			continue
		}
		if scope, known := ref.CatalogAttribute(v.AttributeID); v.StoreID != 0 && known && scope.Scope == magento.ScopeGlobal {
			continue
		}
		if all[v.StoreID] == nil {
			all[v.StoreID] = map[string]productValue{}
		}
		all[v.StoreID][attribute.Code] = v
	}
	return all
}

// scopes are what differs from the values of all stores, by store.
func (s scopedValues) scopes(ref Reference) (all []canonical.ProductScope, err error) {
	for _, store := range s.stores(ref) {
		scope := canonical.ProductScope{StoreID: store}
		own := map[string]productValue{}
		for code, v := range s[store] {
			switch general := s[0][code].text; {
			case v.text == general:
			case v.text == "":
				scope.Without = append(scope.Without, code)
			default:
				own[code] = v
			}
		}
		renamed := s.renamed(store, ref)
		if len(own)+len(scope.Without)+len(renamed) == 0 {
			continue
		}
		slices.Sort(scope.Without)
		if scope.ProductValues, err = newProductValues(own, store, ref); err != nil {
			return nil, err
		}
		for code, labels := range renamed {
			scope.SetLabels(code, labels)
		}
		if view := ref.Store(store); view != nil {
			scope.StoreCode, scope.WebsiteID, scope.WebsiteCode = view.Code, &view.WebsiteID, view.WebsiteCode
		}
		all = append(all, scope)
	}
	return all, nil
}

// newProductValues writes values, by their attribute's code, into the fields that have them,
// as they are in a store.
func newProductValues(values map[string]productValue, store int, ref Reference) (canonical.ProductValues, error) {
	var out canonical.ProductValues
	for code, v := range values {
		if v.text == "" {
			continue
		}
		if amount := amountFields[code]; amount != nil {
			parsed, err := money.Parse(v.text)
			if err != nil {
				return out, &RowError{v.row, err}
			}
			*amount(&out) = &parsed
			continue
		}
		if field := textFields[code]; field != nil {
			*field(&out) = v.text
			continue
		}
		if out.Attributes == nil {
			out.Attributes = map[string]string{}
		}
		out.Attributes[code] = v.text
		out.SetLabels(code, optionLabels(v, store, ref))
	}
	out.Status, out.Visibility = worded(statusWords, out.Status), worded(visibilityWords, out.Visibility)
	out.PriceType, out.SKUType = worded(bundleWords, out.PriceType), worded(bundleWords, out.SKUType)
	out.SpecialFromDate, out.SpecialToDate = wallClock(out.SpecialFromDate), wallClock(out.SpecialToDate)
	if v, ok := values[taxClassCode]; ok && v.text != "" {
		var id int
		if err := json.Unmarshal([]byte(v.text), &id); err != nil {
			return out, &RowError{v.row, err}
		}
		out.TaxClassName, _ = ref.TaxClass(id)
	}
	return out, nil
}

const taxClassCode = "tax_class_id"

// amountFields and textFields are the fields of attributes that every shop has. All others are
// told by their code.
var amountFields = map[string]func(*canonical.ProductValues) **money.Amount{
	"price":         func(v *canonical.ProductValues) **money.Amount { return &v.Price },
	"special_price": func(v *canonical.ProductValues) **money.Amount { return &v.SpecialPrice },
	"cost":          func(v *canonical.ProductValues) **money.Amount { return &v.Cost },
	"weight":        func(v *canonical.ProductValues) **money.Amount { return &v.Weight },
}

var textFields = map[string]func(*canonical.ProductValues) *string{
	"name":              func(v *canonical.ProductValues) *string { return &v.Name },
	"status":            func(v *canonical.ProductValues) *string { return &v.Status },
	"visibility":        func(v *canonical.ProductValues) *string { return &v.Visibility },
	"special_from_date": func(v *canonical.ProductValues) *string { return &v.SpecialFromDate },
	"special_to_date":   func(v *canonical.ProductValues) *string { return &v.SpecialToDate },
	taxClassCode:        func(v *canonical.ProductValues) *string { return &v.TaxClass },
	"price_type":        func(v *canonical.ProductValues) *string { return &v.PriceType },
	"sku_type":          func(v *canonical.ProductValues) *string { return &v.SKUType },
	"url_key":           func(v *canonical.ProductValues) *string { return &v.URLKey },
}

// Magento's code defines what these numbers say; they stand in no table.
var (
	statusWords     = map[string]string{"1": "enabled", "2": "disabled"}
	visibilityWords = map[string]string{"1": "none", "2": "catalog", "3": "search", "4": "both"}
	bundleWords     = map[string]string{"0": "dynamic", "1": "fixed"}
)

// worded is the word for a number, and the number where there is none.
func worded(words map[string]string, number string) string { return cmp.Or(words[number], number) }

// wallClock is a DATETIME up to its seconds, which has no zone, and "" for a zero date.
func wallClock(datetime string) string {
	if len(datetime) < seconds || datetime[:4] == "0000" {
		return ""
	}
	return datetime[:seconds]
}
