package canonical

import (
	"reflect"
	"testing"
)

// A time that follows updated_at would have everything emitted again for nothing; one of a
// transaction is what the books date by.
func TestTheTimeOfACaptureIsContentWhereItIsAFact(t *testing.T) {
	for source, content := range map[TimeSource]bool{FromTransaction: true, FromInvoice: false, "": false} {
		t.Run(string(source), func(t *testing.T) {
			payment := func(at string) Entity {
				return &Payment{Captures: []Capture{{CapturedAt: at, CapturedAtSource: source}}}
			}
			invoice := func(at string) Entity {
				return &Invoice{Payment: &InvoicePayment{CapturedAt: at, CapturedAtSource: source}}
			}
			for _, of := range []func(string) Entity{payment, invoice} {
				before, after := of("2026-05-01T00:00:00Z"), of("2026-06-01T00:00:00Z")
				if differs := !reflect.DeepEqual(before.Content(), after.Content()); differs != content {
					t.Errorf("another time is other content of %T: %t, want %t", before, differs, content)
				}
			}
		})
	}
}
