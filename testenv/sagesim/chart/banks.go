package chart

// A BankAccount receives and pays money; its Ledger account carries the balance.
type BankAccount struct {
	ID       string `json:"id"`
	Name     string `json:"displayed_as"`
	Type     string `json:"bank_account_type"`
	Currency string `json:"currency"`
	Ledger   string `json:"ledger_account_id"`
	Nominal  int    `json:"nominal_code"`
}

// BankAccounts are the accounts of a business whose books are kept in base:
// all but the EUR and USD accounts are kept in that currency.
func BankAccounts(base string) []BankAccount {
	return []BankAccount{
		bank(1200, "Current Account", "CHECKING", base),
		bank(1210, "EUR Account", "CHECKING", "EUR"),
		bank(1220, "USD Account", "CHECKING", "USD"),
		bank(1250, "PayPal Clearing", "OTHER", base),
		bank(1260, "Card Clearing", "OTHER", base),
	}
}

func bank(nominal int, name, kind, currency string) BankAccount {
	return BankAccount{ID("bank_account", name), name, kind, currency, Account(nominal), nominal}
}

// FindBank returns the bank account with this id.
func FindBank(base, id string) (BankAccount, bool) {
	for _, b := range BankAccounts(base) {
		if b.ID == id {
			return b, true
		}
	}
	return BankAccount{}, false
}
