package plan

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/policy"
)

// refusedKnobs are not acted on; the policy's own tests hold that each is refused.
var refusedKnobs = []string{
	"default_purchase_ledger_account_id", "settlement_ledger_account_id", "tax_routing", "enabled", "min_total_for_individual",
	"always_individual_for_b2b", "initial_status", "due_days", "shipping_panel", "closed_period", "sync_products", "sync_stock",
	"default_eu_goods_services_type", "product_type_eu_goods_map",
}

// adjusted is an invoice with an adjustment of 2.00 without tax.
func adjusted(kind canonical.AdjustmentKind) question {
	i := invoiceOf(1, ada)
	i.Adjustments = []canonical.Adjustment{{Kind: kind, NetAmount: amt("2.00")}}
	i.GrandTotal = amt("32.00")
	return ask(i).withContact()
}

// TestEveryKnobHasAnEffect turns each knob and wants another plan: one that is accepted
// and does nothing would be believed.
func TestEveryKnobHasAnEffect(t *testing.T) {
	type turned struct {
		q    question
		turn func(*policy.Policy)
	}
	plain := func() question { return ask(invoiceOf(1, ada)).withContact() }
	paidIn := func() question { return ask(paid(invoiceOf(1, ada))).posted() }
	unknown := func() question { return ask(invoiceOf(1, canonical.Contact{})) }
	coded := plain()
	coded.Entity.(*canonical.Invoice).Lines[0].TaxRates = []canonical.Rate{{Code: "VAT", Percent: "20.00"}}
	near := plain()
	near.Entity.(*canonical.Invoice).Lines[0].TaxPercent = "20.05"
	zero := plain()
	amounts(&zero.Entity.(*canonical.Invoice).Document, "0", "0", "0", "0")
	short := plain()
	i := short.Entity.(*canonical.Invoice)
	i.GrandTotal, i.Balance = amt("30.01"), canonical.Balance{Difference: amt("0.01"), Reason: canonical.TotalsDoNotFoot}
	company := ask(invoiceOf(1, ada))
	company.Entity.(*canonical.Invoice).BillingAddress.Company = "Example Ltd"
	since := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	knobs := map[string]turned{
		"sync_since":                   {plain(), func(p *policy.Policy) { p.SyncSince = &since }},
		"sync_unpaid_invoices":         {plain(), func(p *policy.Policy) { p.SyncUnpaidInvoices = false }},
		"sync_zero_value_invoices":     {zero, func(p *policy.Policy) { p.SyncZeroValueInvoices = false }},
		"website_filter":               {plain(), func(p *policy.Policy) { p.WebsiteFilter = []int{2} }},
		"store_filter":                 {plain(), func(p *policy.Policy) { p.StoreFilter = []int{2} }},
		"default_ledger_account_id":    {plain(), func(p *policy.Policy) { p.DefaultLedgerAccountID = "x" }},
		"shipping_ledger_account_id":   {plain(), func(p *policy.Policy) { p.ShippingLedgerAccountID = "x" }},
		"adjustment_ledger_account_id": {adjusted(canonical.GiftWrapping), func(p *policy.Policy) { p.AdjustmentLedgerAccountID = "x" }},
		"discount_ledger_account_id":   {adjusted(canonical.DiscountResidual), func(p *policy.Policy) { p.DiscountLedgerAccountID = "x" }},
		"tax_code_map":                 {coded, func(p *policy.Policy) { p.TaxCodeMap = map[string]string{"VAT": "x"} }},
		"tax_rate_map":                 {plain(), func(p *policy.Policy) { p.TaxRateMap = map[string]string{"20.00": "x"} }},
		"tax_rate_tolerance":           {near, func(p *policy.Policy) { p.TaxRateTolerance = money.MustParse("0.1") }},
		"default_tax_rate_id":          {near, func(p *policy.Policy) { p.DefaultTaxRateID = "x" }},
		"untaxed_tax_rate_id":          {adjusted(canonical.GiftWrapping), func(p *policy.Policy) { p.UntaxedTaxRateID = "x" }},
		"payment_method_map":           {paidIn(), func(p *policy.Policy) { p.PaymentMethodMap = map[string]*string{"stripe": nil} }},
		"default_bank_account_id":      {paidIn(), func(p *policy.Policy) { p.DefaultBankAccountID = "x" }},
		"offline_refunds":              {creditInBooks(), func(p *policy.Policy) { p.OfflineRefunds = "leave_open" }},
		"invoice_number_prefix":        {plain(), func(p *policy.Policy) { p.InvoiceNumberPrefix = "UK-" }},
		"contact_prefix":               {ask(invoiceOf(1, ada)), func(p *policy.Policy) { p.ContactPrefix = "UK" }},
		"customer_name_priority":       {company, func(p *policy.Policy) { p.CustomerNamePriority = "Person" }},
		"rounding":                     {short, func(p *policy.Policy) { p.Rounding = "park" }},
		"fallback_contact_name":        {unknown(), func(p *policy.Policy) { p.B2C.FallbackContactName = "x" }},
		"fallback_contact_email":       {unknown(), func(p *policy.Policy) { p.B2C.FallbackContactEmail = "x@shop.example" }},
		"fallback_contact_reference":   {unknown(), func(p *policy.Policy) { p.B2C.FallbackContactReference = "x" }},
	}
	for _, key := range knobKeys(reflect.TypeFor[policy.Policy]()) {
		t.Run(key, func(t *testing.T) {
			c, ok := knobs[key]
			if !ok {
				t.Fatal("no case turns it")
			}
			before := whole(t, c.q)
			c.turn(&c.q.Policy)
			if err := c.q.Policy.Validate(); err != nil {
				t.Errorf("what it is turned to is refused: %v", err)
			}
			if after := whole(t, c.q); after == before {
				t.Errorf("the plan stays as it was: %s", after)
			}
		})
	}
}

// whole is a verdict with all that it writes and sends.
func whole(t *testing.T, q question) string {
	t.Helper()
	text, err := json.Marshal(q.answer(t))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// knobKeys lists the keys of a policy that are acted on.
func knobKeys(t reflect.Type) (all []string) {
	for _, f := range reflect.VisibleFields(t) {
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		switch {
		case f.Anonymous || key == "" || slices.Contains(refusedKnobs, key):
		case f.Type == reflect.TypeFor[policy.B2C]():
			all = append(all, knobKeys(f.Type)...)
		default:
			all = append(all, key)
		}
	}
	return all
}
