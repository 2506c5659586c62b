package binlog

import (
	"errors"

	"github.com/go-mysql-org/go-mysql/mysql"
)

// With binlog_row_value_options=PARTIAL_JSON MySQL writes, before the image of a row after
// its update, a number of options and, where the first is set, a bit for each JSON column
// whose value is only what has changed of it. A partial value has its length before it like
// a whole one, so that those of columns that are not captured can be passed over.

const partialJSONUpdates = 1

// errPartial says that of a captured value only the change is there.
var errPartial = errors.New("a part of a JSON value")

// skipPartial passes over what stands before an image after an update.
func (p *plan) skipPartial(body []byte) ([]byte, error) {
	if len(body) == 0 || body[0] > partialJSONUpdates { // no release knows another option
		return nil, errShort
	}
	partial := body[0] == partialJSONUpdates
	if body = body[1:]; !partial {
		return body, nil
	}
	count := 0
	for i := range p.columns {
		if p.columns[i].kind != mysql.MYSQL_TYPE_JSON {
			continue
		}
		if p.columns[i].out >= 0 && isSet(body, count) {
			return nil, errPartial
		}
		count++
	}
	if bits := (count + 7) / 8; bits <= len(body) {
		return body[bits:], nil
	}
	return nil, errShort
}
