package change

import (
	"encoding/json"
	"fmt"
)

// An Op says what happened to a row, in Debezium's letters.
type Op string

// Operations on rows; Truncate is on a whole table.
const (
	Create   Op = "c"
	Update   Op = "u"
	Delete   Op = "d"
	Read     Op = "r" // a row of a snapshot
	Truncate Op = "t"
)

// An Envelope is the value of a raw record (Debezium's envelope, JSON without
// schema). Before and After hold the allow-listed columns by name:
//
//	integers          JSON numbers, unsigned 64 bit included
//	DECIMAL           strings with the column's scale: "12.3400"
//	FLOAT, DOUBLE     JSON numbers, the shortest that read as the same
//	BIT(n)            JSON numbers
//	YEAR              JSON numbers: 2026, 0 for a zero year
//	TIMESTAMP         "2026-01-31T12:00:00Z", UTC
//	DATETIME, DATE    "2026-01-31T12:00:00", "2026-01-31": wall clock, no zone
//	zero dates        unchanged: "0000-00-00T00:00:00Z"
//	TIME              "-12:00:00.50", with the column's digits; up to 838 hours
//	text              UTF-8, whatever the column's character set
//	ENUM, SET         labels: "new", "a,b"
//	JSON              a string that holds the document, as the server prints it
//	geometries        base64 of SRID and WKB
//	NULL              null
type Envelope struct {
	Before      json.RawMessage `json:"before"`
	After       json.RawMessage `json:"after"`
	Source      Source          `json:"source"`
	Op          Op              `json:"op"`
	TSMS        int64           `json:"ts_ms"` // when capture wrote it, Unix milliseconds
	Transaction *Transaction    `json:"transaction"`
}

// Source says where in the binlog a change was.
type Source struct {
	Name     string `json:"name"`  // the configured source, such as "shop"
	DB       string `json:"db"`    // database
	Table    string `json:"table"` // logical table: without the shop's prefix
	ServerID uint32 `json:"server_id"`
	GTID     string `json:"gtid,omitempty"`
	File     string `json:"file"`
	Pos      uint64 `json:"pos"`      // end of the transaction's last complete event before the row
	Row      int    `json:"row"`      // ordinal of the row within its transaction or chunk
	TSMS     int64  `json:"ts_ms"`    // commit time at the source, Unix milliseconds (whole seconds)
	Snapshot string `json:"snapshot"` // "true" for rows of a snapshot, else "false"
}

// Transaction says which transaction a row belongs to.
type Transaction struct {
	ID         string `json:"id"`          // GTID, or file:pos without one
	TotalOrder int    `json:"total_order"` // ordinal of the row within it, from 1
}

// DecodeEnvelope reads the value of a raw record; a tombstone (nil) gives nil.
func DecodeEnvelope(value []byte) (*Envelope, error) {
	if value == nil {
		return nil, nil
	}
	var e Envelope
	if err := json.Unmarshal(value, &e); err != nil {
		return nil, fmt.Errorf("decode envelope: %w", err)
	}
	return &e, nil
}
