package check

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// customerLine is the entity of a report's lines about customers.
const customerLine = "customer"

// A kind pairs a Magento table with a kind of the simulator's.
type kind struct{ entity, table, sage string }

var kinds = []kind{
	{"invoice", "sales_invoice", "invoice"},
	{"creditmemo", "sales_creditmemo", "credit_note"},
}

// A document is a row of Magento's.
type document struct {
	increment, currency string
	total, tax          money.Amount // as stored
	state               int
}

// cancelled is the state of a document that has no place in Sage.
const cancelled = 3

// documents lists what has to be in Sage.
func (b Books) documents(ctx context.Context, k kind) ([]document, error) {
	rows, err := b.DB.QueryContext(ctx, fmt.Sprintf(
		"SELECT increment_id, order_currency_code, grand_total, COALESCE(tax_amount,0), state FROM %s%s WHERE state <> %d ORDER BY entity_id",
		b.TablePrefix, k.table, cancelled))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", k.table, err)
	}
	defer rows.Close()
	var all []document
	for rows.Next() {
		var d document
		var total, tax string
		if err := rows.Scan(&d.increment, &d.currency, &total, &tax, &d.state); err != nil {
			return nil, fmt.Errorf("read %s: %w", k.table, err)
		}
		d.total, d.tax = money.MustParse(total), money.MustParse(tax)
		all = append(all, d)
	}
	return all, rows.Err()
}

// A customer is a registered customer that has documents in a currency.
type customer struct {
	id             uint64
	currency       string
	person, firm   string
	wantsReference string
}

// customers lists who must be a contact: one line per customer and currency.
func (b Books) customers(ctx context.Context) ([]customer, error) {
	rows, err := b.DB.QueryContext(ctx, strings.NewReplacer("{p}", b.TablePrefix).Replace(`
		SELECT DISTINCT c.entity_id, d.order_currency_code, COALESCE(c.firstname,''), COALESCE(c.lastname,''), COALESCE(a.company,'')
		FROM (SELECT order_id, order_currency_code FROM {p}sales_invoice WHERE state <> 3
		      UNION SELECT order_id, order_currency_code FROM {p}sales_creditmemo WHERE state <> 3) d
		JOIN {p}sales_order o ON o.entity_id = d.order_id
		JOIN {p}customer_entity c ON c.entity_id = o.customer_id
		LEFT JOIN {p}customer_address_entity a ON a.entity_id = c.default_billing
		ORDER BY c.entity_id, d.order_currency_code`))
	if err != nil {
		return nil, fmt.Errorf("read customers: %w", err)
	}
	defer rows.Close()
	var all []customer
	for rows.Next() {
		var c customer
		var first, last string
		if err := rows.Scan(&c.id, &c.currency, &first, &last, &c.firm); err != nil {
			return nil, fmt.Errorf("read customers: %w", err)
		}
		c.person = strings.TrimSpace(first + " " + last)
		c.wantsReference = contactReference(c.id, c.currency, b.BaseCurrency)
		all = append(all, c)
	}
	return all, rows.Err()
}

// contactReference is M<id> in Sage's base currency, else M<id in base 36>-<CUR>.
func contactReference(id uint64, currency, base string) string {
	if currency == base {
		return "M" + strconv.FormatUint(id, 10)
	}
	return "M" + strings.ToUpper(strconv.FormatUint(id, 36)) + "-" + currency
}
