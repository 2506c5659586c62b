package chart

import "fmt"

// Policy is a binding's policy in YAML, indented, with the simulator's ids: UK rates,
// payments to the current account, and none for cheques.
func Policy() string {
	return fmt.Sprintf(`  sync_since: 2000-01-01T00:00:00Z
  default_ledger_account_id: %s
  shipping_ledger_account_id: %s
  adjustment_ledger_account_id: %s
  default_bank_account_id: %s
  untaxed_tax_rate_id: GB_NO_TAX
  tax_rate_map: {"20.00": GB_STANDARD, "5.00": GB_LOWER, "0.00": GB_ZERO}
  payment_method_map: {checkmo: null}
`, Account(4000), Account(4905), Account(4210), ID("bank_account", "Current Account"))
}
