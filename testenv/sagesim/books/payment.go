package books

import (
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/decimal"
	"github.com/mage2sage/mage2sage/testenv/sagesim/ledger"
)

// The payment types that a shop needs: money in from a customer, and back.
const (
	Receipt = "CUSTOMER_RECEIPT"
	Refund  = "CUSTOMER_REFUND"
)

// An AllocationRequest takes Amount, and for receipts Discount, from an artefact.
type AllocationRequest struct {
	Artefact string         `json:"artefact_id"`
	Amount   decimal.Number `json:"amount"`
	Discount decimal.Number `json:"discount"`
}

// A PaymentRequest is a contact payment as a client writes it.
type PaymentRequest struct {
	Type         string              `json:"transaction_type_id"`
	ContactID    string              `json:"contact_id"`
	Bank         string              `json:"bank_account_id"`
	Date         string              `json:"date"`
	Method       string              `json:"payment_method_id"`
	Reference    string              `json:"reference"`
	Currency     string              `json:"currency_id"`
	Total        decimal.Number      `json:"total_amount"`
	ExchangeRate decimal.Number      `json:"exchange_rate"`
	Charge       decimal.Number      `json:"base_currency_currency_charge"`
	Allocations  []AllocationRequest `json:"allocated_artefacts"`
}

// A Payment is a receipt from or a refund to a customer.
type Payment struct {
	Record
	PaymentRequest
	Currency    string
	Rate        decimal.Number
	Total       decimal.Number
	BaseTotal   decimal.Number
	Settled     []*Settlement
	OnAccount   *Artefact // the unallocated rest of a receipt, with its own id; nil when nothing is left
	Transaction string
}

// CreatePayment books a payment and settles what it names.
func (b *Business) CreatePayment(r PaymentRequest) (*Payment, error) {
	p, err := b.checkPayment(r)
	if err != nil {
		return nil, err
	}
	artefacts, err := b.checkAllocations(p, r.Allocations)
	if err != nil {
		return nil, err
	}
	p.Record = b.newRecord("payment", r.ContactID)
	b.allocate(p, r.Allocations, artefacts)
	if err := b.bookPayment(p); err != nil {
		return nil, err
	}
	b.Payments.add(p)
	contact, _ := b.Contacts.Get(r.ContactID)
	contact.uses++
	return p, nil
}

func (b *Business) checkPayment(r PaymentRequest) (*Payment, error) {
	contact, err := b.customer(r.ContactID)
	if err != nil {
		return nil, err
	}
	bank, ok := chart.FindBank(b.Base, r.Bank)
	if !ok {
		return nil, Missing("bank_account_id")
	}
	if _, ok := chart.Find(chart.PaymentMethods, r.Method); r.Method != "" && !ok {
		return nil, Missing("payment_method_id")
	}
	if r.Type != Receipt && r.Type != Refund {
		return nil, Invalid("transaction_type_id", NotListed)
	}
	p := &Payment{PaymentRequest: r, Total: r.Total.Round(2)}
	if p.Total.Sign() <= 0 {
		return nil, Invalid("total_amount", "must be greater than 0")
	}
	if err := b.checkPeriod(r.Date); err != nil {
		return nil, err
	}
	p.Currency, p.Rate, err = b.exchange(contact, r.Currency, r.ExchangeRate, decimal.Int(1))
	if err != nil {
		return nil, err
	}
	if b.Rules.StrictBankCurrency && p.Currency != bank.Currency && p.Currency != b.Base {
		return nil, Invalid("bank_account_id", "The currency must be that of the bank account (%s).", bank.Currency)
	}
	p.BaseTotal = p.Total.Mul(p.Rate).Round(2)
	return p, nil
}

// checkAllocations finds the artefacts that a payment settles and holds their
// sum against its total: receipts may leave a rest, refunds must not.
func (b *Business) checkAllocations(p *Payment, requests []AllocationRequest) ([]*Artefact, error) {
	contact, _ := b.Contacts.Get(p.ContactID)
	var artefacts []*Artefact
	var sum decimal.Number
	for i, r := range requests {
		if r.Amount.Sign() <= 0 || r.Discount.Sign() < 0 {
			return nil, Invalid("allocated_artefacts.amount", "must be greater than 0")
		}
		a, err := b.artefact(contact, p.Currency, r)
		if err != nil {
			return nil, err
		}
		if (p.Type == Receipt) != (a.Side == Debit) {
			return nil, Invalid("allocated_artefacts.artefact_id", "A %s cannot settle a %s.", p.Type, a.Kind)
		}
		if repeated(requests[:i], r.Artefact) {
			return nil, Invalid("allocated_artefacts.artefact_id", "An artefact may be named only once.")
		}
		sum = sum.Add(r.Amount.Round(2))
		artefacts = append(artefacts, a)
	}
	if b.Rules.FullyAllocated && (p.Type == Refund || !sum.Equal(p.Total)) {
		return nil, Invalid("total_amount", "A payment has to be allocated in full in this edition.")
	}
	if sum.Cmp(p.Total) > 0 {
		return nil, Invalid("total_amount", "The allocated amounts are more than the total amount.")
	}
	if p.Type == Refund && !sum.Equal(p.Total) {
		return nil, Invalid("total_amount", "A refund must be allocated in full.")
	}
	return artefacts, nil
}

func repeated(earlier []AllocationRequest, artefact string) bool {
	for _, r := range earlier {
		if r.Artefact == artefact {
			return true
		}
	}
	return false
}

// allocate settles the checked artefacts and puts a receipt's rest on account.
func (b *Business) allocate(p *Payment, requests []AllocationRequest, artefacts []*Artefact) {
	rest := p.Total
	p.Settled, p.OnAccount = nil, nil
	for i, a := range artefacts {
		amount, discount := requests[i].Amount.Round(2), requests[i].Discount.Round(2)
		s := &Settlement{
			ID: b.newRecord("settlement", "").ID, By: p.ID, Kind: p.Type, Title: p.Title(), Date: p.Date, Reference: p.Reference,
			Artefact: a, Amount: amount, Discount: discount, Base: a.base(amount.Add(discount)),
		}
		b.settle(s)
		p.Settled = append(p.Settled, s)
		rest = rest.Sub(amount)
	}
	if p.Type == Receipt && rest.Sign() > 0 {
		p.OnAccount = &Artefact{
			ID: b.newRecord("on_account", "").ID, Kind: "PAYMENT_ON_ACCOUNT", Title: "Payment on Account",
			Contact: p.ContactID, Currency: p.Currency, Rate: p.Rate, Side: Credit,
			Total: rest, Outstanding: rest, BaseOutstanding: rest.Mul(p.Rate).Round(2), owner: &p.Record,
		}
		b.artefacts[p.OnAccount.ID] = p.OnAccount
	}
}

// Title is how Sage shows the payment.
func (p *Payment) Title() string {
	if p.Type == Refund {
		return "Customer Refund"
	}
	return "Customer Receipt"
}

// bookPayment writes the payment to the ledger: bank against debtors, discount
// allowed, bank charge, and the exchange difference between the payment's rate
// and those of what it settled.
func (b *Business) bookPayment(p *Payment) error {
	bank, _ := chart.FindBank(b.Base, p.Bank)
	var debtors, discount decimal.Number
	for _, s := range p.Settled {
		debtors = debtors.Add(s.Base)
		discount = discount.Add(s.Discount.Mul(s.Artefact.Rate).Round(2))
	}
	if p.OnAccount != nil {
		debtors = debtors.Add(p.OnAccount.BaseOutstanding)
	}
	side := decimal.Int(1)
	if p.Type == Refund {
		side = decimal.Int(-1)
	}
	charge := p.Charge.Round(2)
	lines := []ledger.Line{
		{Account: bank.Ledger, Amount: p.BaseTotal.Mul(side).Sub(charge)},
		{Account: chart.BankCharges, Amount: charge},
		{Account: chart.ReceiptDiscount, Amount: discount.Mul(side)},
		{Account: chart.Debtors, Amount: debtors.Mul(side).Neg()},
		exchangeDifference(p.BaseTotal.Add(discount).Sub(debtors).Mul(side)),
	}
	id, err := b.post(ledger.Transaction{
		Type: p.Type, Date: p.Date, Reference: p.Reference, Contact: p.ContactID, Origin: p.ID, Total: p.BaseTotal,
	}, lines)
	p.Transaction = id
	return err
}

// exchangeDifference books a gain, when positive, or a loss.
func exchangeDifference(gain decimal.Number) ledger.Line {
	account := chart.ExchangeGains
	if gain.Sign() < 0 {
		account = chart.ExchangeLosses
	}
	return ledger.Line{Account: account, Amount: gain.Neg(), Description: "Exchange rate difference"}
}

// Reallocate replaces what a payment settles: an empty list frees it and gives
// it a new payment on account.
func (b *Business) Reallocate(p *Payment, requests []AllocationRequest) error {
	if err := b.checkUndo(p); err != nil {
		return err
	}
	b.lift(p)
	artefacts, err := b.checkAllocations(p, requests)
	if err != nil {
		b.lay(p)
		return err
	}
	if err := b.reverse(p.Transaction); err != nil {
		return err
	}
	b.allocate(p, requests, artefacts)
	p.Updated = b.Clock()
	return b.bookPayment(p)
}

// DeletePayment takes a payment back; what it settled is open again.
func (b *Business) DeletePayment(p *Payment) error {
	if err := b.checkUndo(p); err != nil {
		return err
	}
	if err := b.reverse(p.Transaction); err != nil {
		return err
	}
	b.lift(p)
	p.Deleted = b.Clock()
	p.Updated = p.Deleted
	return nil
}

// checkUndo refuses to take back a payment that something else builds on.
func (b *Business) checkUndo(p *Payment) error {
	if p.OnAccount != nil && len(p.OnAccount.Settlements) > 0 {
		return Invalid("base", "The payment on account has been allocated or refunded.")
	}
	return b.checkPeriod(p.Date)
}

// lift frees what a payment settled, and lay settles it again.
func (b *Business) lift(p *Payment) {
	for _, s := range p.Settled {
		b.release(s)
	}
	if p.OnAccount != nil {
		delete(b.artefacts, p.OnAccount.ID)
	}
}

func (b *Business) lay(p *Payment) {
	for _, s := range p.Settled {
		b.settle(s)
	}
	if p.OnAccount != nil {
		b.artefacts[p.OnAccount.ID] = p.OnAccount
	}
}
