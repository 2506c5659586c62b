package canonical

import (
	"reflect"
	"sync"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// ReduceAmounts gives each amount of an entity its shortest form, so that the same numbers are
// the same text: a column that was NULL and is 0.0000 now says nothing new, because both read as
// zero. An amount that may be absent stays absent: a product without a special price is none
// that costs nothing. What e shares with other entities, such as the lines of the one that it
// is the Content of, stays as it is; e itself is changed and returned.
func ReduceAmounts(e Entity) Entity {
	reduce(reflect.ValueOf(e).Elem())
	return e
}

var amount = reflect.TypeFor[money.Amount]()

// reduce changes a value that may be changed and holds amounts; what it points to belongs to
// others, and is copied.
func reduce(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == amount {
			a := v.Addr().Interface().(*money.Amount)
			*a = a.Reduced()
			return
		}
		for _, i := range amountFields(v.Type()) {
			reduce(v.Field(i))
		}
	case reflect.Slice:
		if v.Len() == 0 {
			return
		}
		own := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(own, v)
		v.Set(own)
		for i := range own.Len() {
			reduce(own.Index(i))
		}
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		own := reflect.New(v.Type().Elem())
		own.Elem().Set(v.Elem())
		v.Set(own)
		reduce(own.Elem())
	}
}

// fieldsOf has the amountFields of each type that was asked for.
var fieldsOf sync.Map

// amountFields are the fields of a struct that hold amounts.
func amountFields(t reflect.Type) (all []int) {
	if known, ok := fieldsOf.Load(t); ok {
		return known.([]int)
	}
	for i := range t.NumField() {
		if hasAmounts(t.Field(i).Type) {
			all = append(all, i)
		}
	}
	fieldsOf.Store(t, all)
	return all
}

func hasAmounts(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Struct:
		return t == amount || len(amountFields(t)) > 0
	case reflect.Slice, reflect.Pointer, reflect.Map, reflect.Array:
		return hasAmounts(t.Elem())
	}
	return false
}
