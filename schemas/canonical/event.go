package canonical

import (
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// Names of the headers of canonical records: CloudEvents 1.0 in binary mode as
// its Kafka binding has them, and our version.
const (
	HeaderSpecVersion = "ce_specversion"
	HeaderID          = "ce_id"
	HeaderType        = "ce_type"
	HeaderSource      = "ce_source"
	HeaderSubject     = "ce_subject"
	HeaderTime        = "ce_time"
	HeaderContentType = "content-type"
	HeaderVersion     = change.HeaderVersion
)

// An Event is the headers of one emission.
type Event struct {
	ID      ID
	Version change.Version
	Type    string // "invoice.created"
	Source  string // "shop"
	Time    time.Time
}

// Header is a name and its value.
type Header struct{ Name, Value string }

// Headers lists the event's headers in a fixed order. The id is deterministic, so
// that consumers can drop what they have seen.
func (e Event) Headers() []Header {
	return []Header{
		{HeaderSpecVersion, "1.0"},
		{HeaderID, string(e.ID) + "@" + e.Version.String()},
		{HeaderType, e.Type},
		{HeaderSource, "/magento/" + e.Source},
		{HeaderSubject, string(e.ID)},
		{HeaderTime, e.Time.UTC().Format(time.RFC3339)},
		{HeaderContentType, "application/json"},
		{HeaderVersion, e.Version.String()},
	}
}
