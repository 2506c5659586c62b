package work

import "testing"

func TestALogDoesNotHaveTheHashOfAGuestsAddress(t *testing.T) {
	for entity, want := range map[string]string{"guest:0123456789abcdef": "guest", "customer:5": "customer:5", "invoice:12": "invoice:12", "fallback": "fallback"} {
		if got := (Operation{OperationKey: OperationKey{Entity: entity}}).LoggedEntity(); got != want {
			t.Errorf("%s is logged as %q, want %q", entity, got, want)
		}
	}
}
