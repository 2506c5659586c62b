package change

import "strings"

// A SnapshotRequest asks capture to read rows of the shop again, while it goes on with the
// log. It names a table, all of it or a range of keys, or a domain, or one aggregate.
type SnapshotRequest struct {
	ID   string `json:"id"`
	AtMS int64  `json:"at_ms"` // when it was asked, Unix milliseconds
	// Table is a logical table. From and To bound the first column of its primary key, both
	// included; "" is no bound.
	Table string `json:"table,omitempty"`
	From  string `json:"from,omitempty"`
	To    string `json:"to,omitempty"`
	// Domain is one whose tables are all read.
	Domain Domain `json:"domain,omitempty"`
	// Root is an aggregate, such as "order/12".
	Root Root `json:"root,omitempty"`
}

// What is what the request asks for, for people.
func (r SnapshotRequest) What() string {
	switch {
	case r.Root != "":
		return strings.Replace(string(r.Root), "/", ":", 1)
	case r.Table == "":
		return "the domain " + string(r.Domain)
	case r.From == "" && r.To == "":
		return r.Table
	}
	return r.Table + " " + r.From + ".." + r.To
}

// A SnapshotAnswer says what became of a request.
type SnapshotAnswer struct {
	Done bool `json:"done"`
	// Problem is why it was not done; "" where it was, or is being done.
	Problem string `json:"problem,omitempty"`
	Rows    int64  `json:"rows"` // published
	Read    int64  `json:"read"`
	ReadMS  int64  `json:"read_ms"`
	// Column is the one that From and To bound where the shop's own primary key begins with
	// another than Magento Open Source's; else "".
	Column string `json:"column,omitempty"`
}
