package binlog

import "github.com/go-mysql-org/go-mysql/mysql"

// With binlog_row_value_options=PARTIAL_JSON MySQL writes, before the image of a row after
// its update, a number of options and, where the first is set, a bit for each JSON column
// whose value is only what has changed of it. No captured column is JSON, and a partial
// value has its length before it like a whole one, so that the bits can be passed over.

const partialJSONUpdates = 1

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
		if p.columns[i].kind == mysql.MYSQL_TYPE_JSON {
			count++
		}
	}
	if bits := (count + 7) / 8; bits <= len(body) {
		return body[bits:], nil
	}
	return nil, errShort
}
