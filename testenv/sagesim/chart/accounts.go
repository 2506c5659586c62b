package chart

import (
	"fmt"
	"slices"
	"strconv"
)

// A LedgerAccount is one account of the chart.
type LedgerAccount struct {
	ID      string   `json:"id"`
	Nominal int      `json:"nominal_code"`
	Name    string   `json:"name"`
	Type    string   `json:"ledger_account_type"`
	Control string   `json:"control_name,omitempty"` // set on accounts that only Sage itself posts to
	Visible []string `json:"visible_scopes"`
}

// Title is how Sage shows the account: "Sales - Products (4000)".
func (a LedgerAccount) Title() string { return fmt.Sprintf("%s (%d)", a.Name, a.Nominal) }

// VisibleIn says whether the account is offered in a scope such as "sales".
func (a LedgerAccount) VisibleIn(scope string) bool { return slices.Contains(a.Visible, scope) }

// The scopes in which accounts are offered.
var (
	forSales   = []string{"sales", "other_receipts", "journals", "reporting"}
	forBuying  = []string{"expenses", "other_payments", "journals", "reporting"}
	forBanking = []string{"banking", "journals", "reporting"}
	forReports = []string{"reporting"}
)

// LedgerAccounts is the chart, ordered by nominal code.
var LedgerAccounts = []LedgerAccount{
	account(1100, "Trade Debtors", "CURRENT_ASSETS", "SALES_LEDGER_CONTROL", forReports),
	account(1200, "Current Account", "BANK", "", forBanking),
	account(1210, "EUR Account", "BANK", "", forBanking),
	account(1220, "USD Account", "BANK", "", forBanking),
	account(1250, "PayPal Clearing", "BANK", "", forBanking),
	account(1260, "Card Clearing", "BANK", "", forBanking),
	account(2100, "Trade Creditors", "CURRENT_LIABILITY", "PURCHASE_LEDGER_CONTROL", forReports),
	account(2200, "VAT on Sales", "TAXES", "SALES_TAX_CONTROL", forReports),
	account(2201, "VAT on Purchases", "TAXES", "PURCHASE_TAX_CONTROL", forReports),
	account(2250, "Gift Cards and Store Credit", "CURRENT_LIABILITY", "", forSales),
	account(4000, "Sales - Products", "SALES", "", forSales),
	account(4005, "Sales - Services", "SALES", "", forSales),
	account(4008, "Settlement Discounts Allowed", "SALES", "", forSales),
	account(4009, "Discounts Allowed", "SALES", "", forSales),
	account(4100, "Sales - Export", "SALES", "", forSales),
	account(4210, "Rounding and Adjustments", "OTHER_INCOME", "", forSales),
	account(4905, "Carriage on Sales", "OTHER_INCOME", "", forSales),
	account(5000, "Cost of Sales - Goods", "DIRECT_EXPENSES", "", forBuying),
	account(7900, "Bank Charges", "OVERHEADS", "", forBuying),
	account(7906, "Exchange Rate Gains", "OTHER_INCOME", "", forReports),
	account(7907, "Exchange Rate Losses", "OVERHEADS", "", forReports),
}

func account(nominal int, name, kind, control string, visible []string) LedgerAccount {
	return LedgerAccount{Account(nominal), nominal, name, kind, control, visible}
}

// Account is the id of the account with this nominal code.
func Account(nominal int) string { return ID("ledger_account", strconv.Itoa(nominal)) }

// The accounts that Sage posts to by itself.
var (
	Debtors         = Account(1100)
	SalesTax        = Account(2200)
	Sales           = Account(4000)
	ReceiptDiscount = Account(4008)
	SalesDiscount   = Account(4009)
	Carriage        = Account(4905)
	BankCharges     = Account(7900)
	ExchangeGains   = Account(7906)
	ExchangeLosses  = Account(7907)
)

var accountsByID = func() map[string]LedgerAccount {
	m := map[string]LedgerAccount{}
	for _, a := range LedgerAccounts {
		m[a.ID] = a
	}
	return m
}()

// FindAccount returns the ledger account with this id.
func FindAccount(id string) (LedgerAccount, bool) {
	a, ok := accountsByID[id]
	return a, ok
}
