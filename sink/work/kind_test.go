package work

import (
	"errors"
	"slices"
	"testing"
)

// declared are the kinds that the code names; each has to be in the table.
var declared = []OperationKind{CreateContact, ChangeContact, CreateInvoice, CreateCreditNote, CreatePayment,
	AllocateCreditNote, RefundCreditNote, VoidInvoice, VoidCreditNote}

func TestEveryKindOfOperationIsInTheTableOnce(t *testing.T) {
	if len(Kinds()) != len(declared) {
		t.Errorf("%d kinds in the table, %d declared", len(Kinds()), len(declared))
	}
	for _, kind := range declared {
		t.Run(string(kind), func(t *testing.T) {
			info, err := kind.Info()
			if err != nil || info.Kind != kind {
				t.Fatalf("%+v, %v", info, err)
			}
			if info.Class == "" || info.Xref == "" || info.Priority == 0 || info.Effect == "" {
				t.Errorf("%+v says not all of it: no field has a default that acts", info)
			}
		})
	}
}

func TestAnUnknownKindOfOperationIsAnError(t *testing.T) {
	var unknown *UnknownOperationError
	if _, err := OperationKind("create_estimate").Info(); !errors.As(err, &unknown) || unknown.Kind != "create_estimate" {
		t.Errorf("%v, want an UnknownOperationError that names it", err)
	}
	if _, err := (History{}).NextRevision(OperationKey{Kind: "create_estimate"}); !errors.As(err, &unknown) {
		t.Errorf("a first revision of it: %v, want an UnknownOperationError", err)
	}
}

func TestTheTableCannotBeChangedFromOutside(t *testing.T) {
	Kinds()[0].Effect = PaysItem
	if info, _ := CreateContact.Info(); info.Effect != NoEffect {
		t.Errorf("the effect of a contact's create is %s after a caller wrote into its copy", info.Effect)
	}
}

func TestAContactOutlivesThePlanThatAskedForIt(t *testing.T) {
	cancelled := CancelledWithItem()
	if slices.Contains(cancelled, CreateContact) {
		t.Error("a contact's create is cancelled with one document, and others may wait for it")
	}
	for _, kind := range declared {
		if kind != CreateContact && !slices.Contains(cancelled, kind) {
			t.Errorf("%s is not cancelled with its item", kind)
		}
	}
}

func TestOnlyAChangeAndAVoidMakeNoObject(t *testing.T) {
	for _, info := range Kinds() {
		if info.Creates() == slices.Contains([]OperationKind{ChangeContact, VoidInvoice, VoidCreditNote}, info.Kind) {
			t.Errorf("%s: creates is %v", info.Kind, info.Creates())
		}
	}
}

func TestPaymentsGoFirstAndChangesLast(t *testing.T) {
	priority := func(k OperationKind) Priority {
		info, err := k.Info()
		if err != nil {
			t.Fatal(err)
		}
		return info.Priority
	}
	if priority(CreatePayment) >= priority(CreateInvoice) || priority(CreateInvoice) >= priority(ChangeContact) {
		t.Error("want payments before documents before changes of contacts")
	}
	if priority(CreateContact) != priority(CreateInvoice) {
		t.Error("a document and its contact have to go in the order of planning")
	}
}
