// Package wire is Sage's JSON: which fields a request may hold, and what a
// response shows.
//
//	{"contact":{…}} ──Request──► checked inner object ──► books
//	{"id":…,"displayed_as":…,"$path":…} ◄──Contact, Document, …── books
//
// Requests are wrapped in the singular name of their resource, responses are
// not; decimals are strings; `x_id` is written, `x` with id, displayed_as and
// $path is read. Field names, limits and enumerations are those of the public
// Swagger file (February 2025); what it leaves open is decided in package books.
package wire

import (
	"time"
)

// An Object is one JSON object of a response.
type Object map[string]any

// Ref is how a response names another thing.
func Ref(resource, id, title string) Object {
	if id == "" {
		return nil
	}
	return Object{"id": id, "displayed_as": title, "$path": "/" + resource + "/" + id}
}

// text turns an empty string into null, as Sage shows unset texts.
func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// Time is how Sage writes moments: UTC, whole seconds.
func Time(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// moment is Time, or null for a moment that has not come.
func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return Time(t)
}

// Project keeps of a full object what `attributes` asks for: everything, or the
// names in it besides id, displayed_as, $path and the two times; without
// attributes only the first three.
func (o Object) Project(attributes []string) Object {
	out := Object{}
	keep := []string{"id", "displayed_as", "$path"}
	if len(attributes) > 0 {
		keep = append(append(keep, "created_at", "updated_at", "deleted_at"), attributes...)
	}
	for _, name := range keep {
		if name == "all" {
			return o
		}
		if value, ok := o[name]; ok {
			out[name] = value
		}
	}
	return out
}
