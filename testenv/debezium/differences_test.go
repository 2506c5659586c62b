package debezium_test

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// A place is where two records may differ: a field of before, after, source or transaction,
// or a field of the record itself, and what each has there.
type place struct {
	path         string // "after.qty_canceled", "source.thread", "key"
	table        string // without the prefix
	ours, theirs json.RawMessage
	byDefault    string // the column's default, "" without one
	mysql        bool
}

// differences are the ones that are meant, each with the line of deploy/table-topics.md that
// tells of it. Whatever else differs is a fault.
var differences = []struct {
	what string
	is   func(p place) bool
}{
	{"NULL in a column that has a default", func(p place) bool {
		return p.inRow() && isNull(p.ours) && p.byDefault != "" && strings.Trim(string(p.theirs), `"`) == p.byDefault
	}},
	{"FLOAT, DOUBLE", func(p place) bool {
		return p.inRow() && sameNumber(p.ours, p.theirs)
	}},
	{"source.thread", func(p place) bool { return p.path == "source.thread" && p.mysql && isNull(p.ours) }},
	{"source.ts_ms on MariaDB", func(p place) bool {
		return !p.mysql && strings.HasPrefix(p.path, "source.ts_") && secondsApart(p.ours, p.theirs) <= statementSeconds
	}},
	{"JSON of a MySQL", func(p place) bool {
		return p.inRow() && p.mysql && sameDocument(p.ours, p.theirs)
	}},
}

// statementSeconds is more than any transaction of the test takes.
const statementSeconds = 10

// secondsApart is how many whole seconds two times are apart, whose unit their length tells;
// more than statementSeconds where the first is not the later one.
func secondsApart(later, earlier json.RawMessage) int64 {
	unit := map[int]int64{13: 1e3, 16: 1e6, 19: 1e9}[len(later)]
	x, err := strconv.ParseInt(string(later), 10, 64)
	y, failed := strconv.ParseInt(string(earlier), 10, 64)
	if err != nil || failed != nil || unit == 0 || x < y || (x-y)%unit != 0 {
		return statementSeconds + 1
	}
	return (x - y) / unit
}

func (p place) inRow() bool {
	return strings.HasPrefix(p.path, "before.") || strings.HasPrefix(p.path, "after.")
}

func isNull(v json.RawMessage) bool { return string(v) == "null" }

// sameNumber reports whether both are numbers that one FLOAT or DOUBLE holds, and one of them
// has a point or an exponent: integers must be the same text.
func sameNumber(a, b json.RawMessage) bool {
	if !bytes.ContainsAny(b, ".eE") || bytes.HasPrefix(b, []byte(`"`)) {
		return false
	}
	x, err := strconv.ParseFloat(string(a), 64)
	y, failed := strconv.ParseFloat(string(b), 64)
	return err == nil && failed == nil && (x == y || float32(x) == float32(y))
}

// sameText reports whether both are strings of the same text, whatever is escaped in them.
func sameText(a, b json.RawMessage) bool {
	var x, y string
	return bytes.HasPrefix(a, []byte(`"`)) && json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && x == y
}

// sameDocument reports whether both are strings that hold the same JSON but for its blanks.
func sameDocument(a, b json.RawMessage) bool {
	var texts [2]string
	var compact [2]bytes.Buffer
	for i, raw := range []json.RawMessage{a, b} {
		if json.Unmarshal(raw, &texts[i]) != nil || !strings.HasPrefix(texts[i], "{") || json.Compact(&compact[i], []byte(texts[i])) != nil {
			return false
		}
	}
	return compact[0].String() == compact[1].String()
}

// processing are the fields that say when a record was made, or by whom; they must be there.
var processing = map[string]bool{"ts_ms": true, "ts_us": true, "ts_ns": true, "source.name": true}
