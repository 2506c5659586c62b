package canonical

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/money"
)

func TestEveryAmountOfAContentIsReducedAndTheEntityStaysAsItIs(t *testing.T) {
	for _, info := range Kinds() {
		t.Run(string(info.Kind), func(t *testing.T) {
			filled := info.New()
			fill(reflect.ValueOf(filled).Elem(), 0)
			text, err := json.Marshal(filled)
			if err != nil {
				t.Fatal(err)
			}
			long, short := []byte(`"5.7000"`), []byte(`"5.7"`)
			text = bytes.ReplaceAll(text, short, long)
			e, err := Decode(info.Kind, text)
			if err != nil {
				t.Fatal(err)
			}
			before, _ := json.Marshal(e)
			content, _ := json.Marshal(ReduceAmounts(e.Content()))
			after, _ := json.Marshal(e)
			if bytes.Contains(content, long) || hasAmounts(reflect.TypeOf(e)) && !bytes.Contains(content, short) {
				t.Errorf("amounts are not reduced: %s", content)
			}
			if !bytes.Equal(before, after) {
				t.Errorf("the entity has become %s, and was %s", after, before)
			}
		})
	}
}

func TestAnAmountThatMayBeAbsentIsNoZero(t *testing.T) {
	zero := money.MustParse("0.0000")
	for name, c := range map[string]struct {
		price *money.Amount
		want  string
	}{"absent": {nil, ""}, "0.0000": {&zero, "0"}} {
		e := &Product{}
		e.SpecialPrice = c.price
		got := ""
		if out := ReduceAmounts(e).(*Product); out.SpecialPrice != nil {
			got = out.SpecialPrice.String()
		}
		if got != c.want {
			t.Errorf("%s becomes %q, want %q", name, got, c.want)
		}
	}
}

func BenchmarkReduceAmounts(b *testing.B) {
	e := &Invoice{}
	e.Lines = make([]Line, 5)
	for i := range e.Lines {
		fill(reflect.ValueOf(&e.Lines[i]).Elem(), 0)
	}
	for b.Loop() {
		ReduceAmounts(e.Content())
	}
}
