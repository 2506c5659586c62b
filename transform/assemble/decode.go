package assemble

import (
	"fmt"

	"github.com/segmentio/encoding/json"
)

// A RowError says that a row does not fit its table.
type RowError struct {
	Row Row
	Err error
}

func (e *RowError) Error() string {
	return fmt.Sprintf("row of %s with key %s: %v", e.Row.Table, e.Row.PK, e.Err)
}

func (e *RowError) Unwrap() error { return e.Err }

// decode reads a row's columns into a new value of its table's type.
func decode[T any](row Row) (*T, error) {
	v := new(T)
	if err := json.Unmarshal(row.Value, v); err != nil {
		return nil, &RowError{row, err}
	}
	return v, nil
}

// one decodes the only row of its table.
func one[T any](into **T, row Row) (err error) {
	*into, err = decode[T](row)
	return err
}

// keep decodes a row into a map by its id.
func keep[T any](into map[uint64]*T, row Row, id func(*T) uint64) error {
	v, err := decode[T](row)
	if err != nil {
		return err
	}
	into[id(v)] = v
	return nil
}

// add decodes a row to the end of a list.
func add[T any](to *[]*T, row Row) error {
	v, err := decode[T](row)
	if err != nil {
		return err
	}
	*to = append(*to, v)
	return nil
}

// day is a DATE of Magento's, and "" for none.
func day(date string) string {
	if len(date) < 4 || date[:4] == "0000" {
		return ""
	}
	return date[:min(len(date), len("2006-01-02"))]
}

// seconds is the length of a time up to its seconds: 2026-01-31T23:30:00.
const seconds = len("2006-01-02T15:04:05")

// utc is a time of Magento's as RFC 3339, and "" for a zero date. A shop may give its column
// another type: digits behind the seconds are no other time, and a DATETIME, which comes
// without a zone, holds UTC as everything that Magento writes.
func utc(timestamp string) string {
	if len(timestamp) < 4 || timestamp[:4] == "0000" {
		return ""
	}
	if len(timestamp) < seconds {
		return timestamp // no time; who reads it says so
	}
	return timestamp[:seconds] + "Z"
}
