package plan

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink/work"
)

func TestEveryKindOfEntityIsPlanned(t *testing.T) {
	if len(Kinds())+len(Elsewhere()) != len(canonical.Kinds()) {
		t.Errorf("%d kinds are planned, and %d are not for books; %d exist", len(Kinds()), len(Elsewhere()), len(canonical.Kinds()))
	}
	for _, info := range canonical.Kinds() {
		t.Run(string(info.Kind), func(t *testing.T) {
			if slices.Contains(Elsewhere(), info.Kind) {
				return
			}
			if !slices.Contains(Kinds(), info.Kind) {
				t.Fatal("it is not in the table, nor among those that are not for books")
			}
			e := info.New()
			e.Head().Deleted = true
			q := ask(e)
			q.Item.ID = canonical.NewID(info.Kind, 1)
			if v, err := q.decide(); err != nil || !v.Decided() {
				t.Errorf("a deleted one: %q, %v; want a verdict", told(v), err)
			}
		})
	}
}

func TestAnUnknownKindOfEntityIsAnError(t *testing.T) {
	_, err := Decide(noon, work.Due{Item: work.SyncItem{ID: "parcel:9"}, Body: json.RawMessage(`{}`)}, known{})
	var unknown *canonical.UnknownKindError
	if !errors.As(err, &unknown) || unknown.Kind != "parcel" {
		t.Errorf("%v, want an UnknownKindError that names parcel", err)
	}
}

func TestWhatCannotBeReadIsAnError(t *testing.T) {
	q := ask(invoiceOf(1, ada))
	for name, due := range map[string]work.Due{
		"an entity": {Item: q.Item, Binding: work.Binding{Name: "a", Policy: json.RawMessage(`{}`)}, Body: json.RawMessage(`[]`)},
		"a policy":  {Item: q.Item, Binding: work.Binding{Name: "a", Policy: json.RawMessage(`[]`)}, Body: json.RawMessage(`{}`)},
	} {
		t.Run(name, func(t *testing.T) {
			if v, err := Decide(noon, due, known{}); err == nil || v.Decided() {
				t.Errorf("%q, %v; want an error", told(v), err)
			}
		})
	}
}

func TestOnlyCustomersAreQuiet(t *testing.T) {
	if got := QuietKinds(); len(got) != 1 || got[0] != canonical.KindCustomer {
		t.Errorf("%v, want customers alone", got)
	}
}

// unreadable is an InSage whose database is gone, from the nth question on.
type unreadable struct {
	known
	left *int
}

var errGone = errors.New("gone")

func (u unreadable) ask() error {
	if *u.left--; *u.left < 0 {
		return errGone
	}
	return nil
}

func (u unreadable) History(k work.OperationKey) (work.History, error) {
	if err := u.ask(); err != nil {
		return nil, err
	}
	return u.known.History(k)
}

func (u unreadable) Xrefs(t work.XrefType, e string) ([]work.Xref, error) {
	if err := u.ask(); err != nil {
		return nil, err
	}
	return u.known.Xrefs(t, e)
}

func (u unreadable) Items(ids []canonical.ID) (map[canonical.ID]work.SyncItem, error) {
	if err := u.ask(); err != nil {
		return nil, err
	}
	return u.known.Items(ids)
}

func (u unreadable) Entity(id canonical.ID) (json.RawMessage, error) {
	if err := u.ask(); err != nil {
		return nil, err
	}
	return u.known.Entity(id)
}

// A plan on half of what is known could make what exists already.
func TestNothingIsPlannedOnHalfOfWhatIsKnown(t *testing.T) {
	customer := customerOf(ada)
	for name, q := range map[string]question{
		"an invoice":    ask(invoiceOf(1, ada)),
		"a credit memo": ask(creditOf(2, invoiceOf(1, ada))),
		"a customer": with(ask(customer), customer, func(q *question, _ *canonical.Customer) {
			q.InSage.Contacts = []work.Xref{{Currency: "GBP", SentDigests: json.RawMessage(`{}`)}}
		}),
	} {
		t.Run(name, func(t *testing.T) {
			body, err := json.Marshal(q.Entity)
			if err != nil {
				t.Fatal(err)
			}
			q.Binding.Policy, _ = json.Marshal(q.Policy)
			for answered := 0; ; answered++ {
				left := answered
				v, err := Decide(q.Now, work.Due{Binding: q.Binding, Item: q.Item, Body: body}, unreadable{q.InSage, &left})
				if err == nil {
					if answered < 3 {
						t.Errorf("decided after %d answers", answered)
					}
					return
				}
				if !errors.Is(err, errGone) || v.Decided() {
					t.Fatalf("after %d answers: %q, %v", answered, told(v), err)
				}
			}
		})
	}
}

// A confirmation whose effect on the books was forgotten must not lead to a second
// create: Sage would have the document twice.
func TestAForgottenEffectNeverLeadsToASecondCreate(t *testing.T) {
	confirmed := work.History{{Revision: 1, State: work.Confirmed, SageID: "sage-1"}}
	unpaid := ask(paid(invoiceOf(1, ada))).posted()
	unpaid.InSage.Payments = confirmed
	invoice := ask(invoiceOf(1, ada)).withContact()
	invoice.InSage.Creates = confirmed
	memo := ask(creditOf(2, invoiceOf(1, ada))).withContact()
	memo.InSage.Creates = confirmed
	memo.InSage.Invoices = map[canonical.ID]work.SyncItem{"invoice:1": {SageID: "s", SageContactID: "c", SentDigest: saleOf(&invoiceOf(1, ada).Document).String()}}
	contact := ask(invoiceOf(1, ada))
	contact.InSage.ContactCreates = confirmed
	for name, q := range map[string]question{"an invoice": invoice, "a credit note": memo, "a payment": unpaid, "a contact": contact} {
		t.Run(name, func(t *testing.T) {
			v, err := q.decide()
			var second *work.SecondCreateError
			if !errors.As(err, &second) || len(v.Operations) != 0 {
				t.Errorf("%q, %v; want a SecondCreateError and no operation", told(v), err)
			}
		})
	}
}

func TestWaitingBeginsAnewWithAnotherReason(t *testing.T) {
	before := noon.Add(-time.Hour)
	item := work.SyncItem{State: work.ItemWaiting, Reason: work.WaitsForContact, WaitingSince: &before}
	same := waiting(work.WaitsForContact, "customer:5", "").verdict(item, noon)
	other := waiting(work.WaitsForInvoice, "invoice:1", "").verdict(item, noon)
	none := skipped(work.IsDeleted).verdict(item, noon)
	if !same.Item.WaitingSince.Equal(before) || !other.Item.WaitingSince.Equal(noon) || none.Item.WaitingSince != nil || none.Item.WaitsFor != "" {
		t.Errorf("%v, %v, %v; want since before, since now, and not at all", same.Item.WaitingSince, other.Item.WaitingSince, none.Item.WaitingSince)
	}
}
