package change

// SourceKey is the key of a record in the offsets topic: the position of a
// source, or with Snapshot the progress of one domain's snapshot.
type SourceKey struct {
	Source   string `json:"source"`
	Snapshot Domain `json:"snapshot,omitempty"`
}

// A Checkpoint is what capture has published of a source, all of it acknowledged.
type Checkpoint struct {
	Epoch    uint64 `json:"epoch"`
	Sequence uint64 `json:"sequence"` // of the last transaction read
	GTID     string `json:"gtid,omitempty"`
	File     string `json:"file"`
	Pos      uint64 `json:"pos"`
	ServerID uint32 `json:"server_id"`
	TSMS     int64  `json:"ts_ms"` // commit time of that transaction, Unix milliseconds
	// Partitions pins the partition count of each domain; another count stops
	// every stage.
	Partitions map[Domain]int `json:"partitions"`
	// EndOffsets is where each partition stood after the last acknowledged record.
	EndOffsets map[Domain][]int64 `json:"end_offsets"`
	// Markers is the version of each partition's last commit marker.
	Markers map[Domain][]Version `json:"markers"`
}

// Version is that of the last transaction read.
func (p Checkpoint) Version() Version { return Version{p.Epoch, p.Sequence} }

// Progress is how far the snapshot of one domain has come. Chunks are ranges of
// one table's primary key in ascending order; Tables lists what is done.
type Progress struct {
	Epoch uint64   `json:"epoch"`
	Begin Version  `json:"begin"` // of snapshot_begin
	Done  bool     `json:"done"`  // snapshot_end is published
	Table string   `json:"table,omitempty"`
	After []string `json:"after,omitempty"` // last primary key delivered of Table, as SQL text
	// Until is Table's highest primary key when its snapshot began; rows beyond it
	// come from the stream.
	Until  []string `json:"until,omitempty"`
	Tables []string `json:"tables,omitempty"`
	Rows   int64    `json:"rows"` // delivered so far
}
