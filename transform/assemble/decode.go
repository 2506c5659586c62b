package assemble

import (
	"encoding/json"
	"fmt"
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

// utc is Magento's TIMESTAMP as RFC 3339, and "" for a zero date.
func utc(timestamp string) string {
	if len(timestamp) < 4 || timestamp[:4] == "0000" {
		return ""
	}
	return timestamp
}
