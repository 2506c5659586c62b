package resource

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Texts that are sent have limits, which count characters. The tag `sage` of a field has
// the limit, and what is done about a text that does not fit:
//
//	sage:"50"          it is for people: entities are decoded, control characters dropped, the end is cut
//	sage:"2000,lines"  the same, line by line
//	sage:"10,whole"    it is left out: half a postal code names another place
//	sage:"25,exact"    the request is not made: what is looked up by it would not be found
//
// fit returns a copy of a request in which all texts fit. What fits is left as it is.
func fit(request any) (any, error) {
	fitted, err := fitValue(reflect.ValueOf(request), "")
	if err != nil {
		return nil, err
	}
	return fitted.Interface(), nil
}

func fitValue(v reflect.Value, limit string) (reflect.Value, error) {
	switch {
	case v.Kind() == reflect.String && limit != "":
		text, err := fitText(v.String(), limit)
		return reflect.ValueOf(text).Convert(v.Type()), err
	case v.Kind() == reflect.Pointer && !v.IsNil():
		inner, err := fitValue(v.Elem(), limit)
		if err != nil {
			return v, err
		}
		out := reflect.New(v.Type().Elem())
		out.Elem().Set(inner)
		return out, nil
	case v.Kind() == reflect.Slice && v.Len() > 0:
		out := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			inner, err := fitValue(v.Index(i), limit)
			if err != nil {
				return v, err
			}
			out.Index(i).Set(inner)
		}
		return out, nil
	case v.Kind() == reflect.Struct && !v.Type().Implements(marshaler):
		return fitFields(v)
	}
	return v, nil
}

var marshaler = reflect.TypeFor[json.Marshaler]()

func fitFields(v reflect.Value) (reflect.Value, error) {
	out := reflect.New(v.Type()).Elem()
	for i := range v.NumField() {
		field := v.Type().Field(i)
		inner, err := fitValue(v.Field(i), field.Tag.Get("sage"))
		if err != nil {
			return v, fmt.Errorf("%s %w", jsonName(field), err)
		}
		out.Field(i).Set(inner)
	}
	return out, nil
}

// fitText never repeats the text in its error: it may name somebody.
func fitText(s, limit string) (string, error) {
	size, manner, _ := strings.Cut(limit, ",")
	n, err := strconv.Atoi(size)
	switch {
	case err != nil:
		return "", fmt.Errorf("has no limit but %q", limit)
	case manner == "exact" && utf8.RuneCountInString(s) > n:
		return "", fmt.Errorf("has more than %d characters", n)
	case manner == "exact":
		return s, nil
	case manner == "whole":
		return Whole(s, n), nil
	case manner == "lines":
		lines := strings.Split(s, "\n")
		for i := range lines {
			lines[i] = Sanitize(lines[i], n)
		}
		return Truncate(strings.Join(lines, "\n"), n), nil
	}
	return Sanitize(s, n), nil
}

func jsonName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
	return name
}

// wrap puts a request under the singular name of its resource.
func wrap(resource string, v any) (json.RawMessage, error) {
	fitted, err := fit(v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", resource, err)
	}
	return json.Marshal(map[string]any{resource: fitted})
}

// wrapOnly is the body of a PUT: the fields of a request that are named, and its idempotency
// id. A PUT leaves what it does not hold; what is named and empty is emptied.
func wrapOnly(resource string, v any, names []string) (json.RawMessage, error) {
	body, err := wrap(resource, v)
	if err != nil {
		return nil, err
	}
	var sent map[string]map[string]json.RawMessage
	if err := json.Unmarshal(body, &sent); err != nil {
		return nil, err
	}
	empty := emptyFields(reflect.TypeOf(v))
	kept := map[string]json.RawMessage{"idempotency_id": sent[resource]["idempotency_id"]}
	for _, name := range names {
		value, ok := sent[resource][name]
		if !ok {
			value, ok = empty[name]
		}
		if !ok {
			return nil, fmt.Errorf("%s: there is no field %q to change", resource, name)
		}
		kept[name] = value
	}
	return json.Marshal(map[string]any{resource: kept})
}

// emptyFields are the fields of a request with what empties each.
func emptyFields(t reflect.Type) map[string]json.RawMessage {
	empty := map[string]json.RawMessage{}
	for _, field := range slices.Collect(fieldsOf(t)) {
		empty[jsonName(field)] = json.RawMessage(`null`)
		if field.Type.Kind() == reflect.String && !strings.HasSuffix(jsonName(field), "_id") {
			empty[jsonName(field)] = json.RawMessage(`""`)
		}
	}
	return empty
}

// fieldsOf are the fields of a type and of what it embeds.
func fieldsOf(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for _, field := range reflect.VisibleFields(t) {
			if !field.Anonymous && !yield(field) {
				return
			}
		}
	}
}
