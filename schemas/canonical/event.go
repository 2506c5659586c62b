package canonical

import (
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// Names of the headers of canonical records: those that the Kafka binding of
// CloudEvents 1.0 prescribes in binary mode, and our version and root.
const (
	HeaderSpecVersion = "ce_specversion"
	HeaderID          = "ce_id"
	HeaderType        = "ce_type"
	HeaderSource      = "ce_source"
	HeaderSubject     = "ce_subject"
	HeaderTime        = "ce_time"
	HeaderContentType = "content-type"
	HeaderVersion     = change.HeaderVersion
	HeaderRoot        = change.HeaderRoot
	// HeaderReplayed is when somebody asked that the record is written again; records that were
	// written when their change came about have none.
	HeaderReplayed = "replayed"
)

// An Event describes one emission of an entity. Its fields become headers.
type Event struct {
	ID      ID
	Version change.Version
	Type    string // "invoice.created"
	Source  string // "shop"
	Root    change.Root
	Time    time.Time
}

// Header is a name and its value.
type Header struct{ Name, Value string }

// Headers lists the event's headers in a fixed order. The ce_id depends on nothing
// but entity and version, so that consumers can drop repetitions.
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
		{HeaderRoot, string(e.Root)},
	}
}
