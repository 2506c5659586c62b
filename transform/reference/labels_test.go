package reference

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/schemas/change"
)

func at(version uint64, created bool, r Row) Row {
	r.Version, r.Created = change.Version{Epoch: 1, Sequence: version}, created
	return r
}

func option(id int) Row {
	return row("eav_attribute_option", fmt.Sprintf(`{"option_id":%d,"attribute_id":93}`, id))
}

func label(id, store int, value string) Row {
	return row("eav_attribute_option_value", fmt.Sprintf(`{"value_id":%d,"option_id":%d,"store_id":%d,"value":%q}`, 10*id+store, id, store, value))
}

func removed(r Row) Row {
	r.Value, r.Deleted = nil, true
	return r
}

func TestAnOptionHasANameByStore(t *testing.T) {
	v := view(t, shop(option(49), label(49, 0, "Blue"), label(49, 2, "Bleu"), label(50, 1, ""), removed(label(49, 3, ""))))
	got, ok := v.OptionLabels(49)
	if diff := cmp.Diff(map[int]string{0: "Blue", 2: "Bleu"}, got); diff != "" || !ok {
		t.Errorf("names of 49, known %v (-want +got):\n%s", ok, diff)
	}
	if got, ok := v.OptionLabels(50); ok {
		t.Errorf("50 is called %v, want no name", got)
	}
}

// Options come by the thousand with an import, and products follow them.
func TestProductsHaveAnotherFingerprintWhenAnOptionThatThereWasIsCalledOtherwise(t *testing.T) {
	shopAt := func(rows ...Row) []Row {
		return shop(append(rows, at(5, true, option(49)), at(5, true, label(49, 0, "Blue")))...)
	}
	before := view(t, shopAt())
	for name, c := range map[string]struct {
		rows []Row
		same bool
	}{
		"a new option with its names":         {shopAt(at(7, true, option(50)), at(7, true, label(50, 0, "Red")), at(7, true, label(50, 2, "Rouge"))), true},
		"a name that is changed":              {shopAt(at(7, false, label(49, 2, "Bleu"))), false},
		"a name in one more store":            {shopAt(at(7, true, label(49, 2, "Bleu"))), false},
		"a name that is gone":                 {shopAt(at(7, false, removed(label(49, 2, "Bleu")))), false},
		"a name of an option that is unknown": {shopAt(at(7, true, label(60, 0, "Green"))), false},
		"names that a snapshot brought":       {shopAt(at(7, false, option(50)), at(7, false, label(50, 0, "Red"))), false},
	} {
		t.Run(name, func(t *testing.T) {
			now := view(t, c.rows)
			if got := now.Fingerprint(change.AggregateProduct) == before.Fingerprint(change.AggregateProduct); got != c.same {
				t.Errorf("the same fingerprint: %v, want %v", got, c.same)
			}
			for _, other := range []string{change.AggregateCustomer, change.AggregateStock, change.AggregateOrder} {
				if now.Fingerprint(other) != before.Fingerprint(other) {
					t.Errorf("the fingerprint of %q changes with options", other)
				}
			}
		})
	}
}

// A snapshot gives its rows other versions, and a topic that is read anew may lack rows that
// are gone: what changed before cannot be told any more.
func TestAnotherReadingGivesProductsAnotherFingerprint(t *testing.T) {
	one, _, err := New(shop(), "1.3/1")
	other, _, failed := New(shop(), "1.9/1")
	if err != nil || failed != nil || one.Fingerprint(change.AggregateProduct) == other.Fingerprint(change.AggregateProduct) {
		t.Error("it is the same", err, failed)
	}
}
