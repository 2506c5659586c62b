package change

// SourceKey is the key of a record in the offsets topic. It names the checkpoint of a
// source, or with Snapshot the progress of a snapshot of a domain, or with Table of one of
// its tables, or with Request a snapshot that somebody asks for or with Answer what became
// of it, or with Replay a replay that somebody asks for or with Part how far it is in one
// partition, or with Skip a record that transform passes over, or with Stage the heartbeat of
// one running instance of a stage.
type SourceKey struct {
	Source   string `json:"source"`
	Snapshot Domain `json:"snapshot,omitempty"`
	Table    string `json:"table,omitempty"`
	Request  string `json:"request,omitempty"` // its id
	Answer   bool   `json:"answer,omitempty"`
	Replay   string `json:"replay,omitempty"` // its id
	Part     string `json:"part,omitempty"`   // the number of a partition
	Skip     string `json:"skip,omitempty"`   // such as mage2sage.sales/3@17
	Stage    string `json:"stage,omitempty"`
	Instance string `json:"instance,omitempty"` // host and process
}

// PipelineKey is the key of the record that says whose topics these are.
const PipelineKey = `{"pipeline":"identity"}`

// A Pipeline is the identity of all topics under a prefix. It is random, made with the
// offsets topic and gone with it, so that what is captured afterwards is told from what
// was captured before: their versions are not to be compared.
type Pipeline struct {
	ID string `json:"id"`
}

// TrailKey is the key of the record that says how far the sink's audit trail goes.
const TrailKey = `{"trail":"sink"}`

// A Trail is the number of the last entry of the sink's audit trail. It stands outside of the
// sink's database, so that a database which is older than it is known to have been restored.
type Trail struct {
	Last int64 `json:"last"`
}

// A Checkpoint says how far capture has come with a source. The broker has
// acknowledged every record up to it, so capture resumes here after a restart.
type Checkpoint struct {
	Epoch    uint64 `json:"epoch"`
	Sequence uint64 `json:"sequence"` // of the last transaction read
	GTID     string `json:"gtid,omitempty"`
	File     string `json:"file"`
	Pos      uint64 `json:"pos"`
	// LogCreated is when the server began File, in Unix seconds; 0 when that is not known.
	LogCreated int64  `json:"log_created,omitempty"`
	ServerID   uint32 `json:"server_id"`
	// ServerUUID is MySQL's; a MariaDB has none.
	ServerUUID string `json:"server_uuid,omitempty"`
	TSMS       int64  `json:"ts_ms"` // commit time of that transaction, Unix milliseconds
	// ByGTID says that File and Pos are not where GTID was reached: it is a new epoch's
	// beginning, which its reader finds by GTID alone.
	ByGTID bool `json:"by_gtid,omitempty"`
	// Last is the GTID of the last transaction, and Before the set before it: by them
	// another server proves that it has the same history.
	Last   string `json:"last,omitempty"`
	Before string `json:"before,omitempty"`
	// Partitions pins the partition count of each domain; another count stops
	// every stage.
	Partitions map[Domain]int `json:"partitions"`
	// EndOffsets is the offset after the last acknowledged record of each partition.
	EndOffsets map[Domain][]int64 `json:"end_offsets"`
	// InPart says that records of the transaction behind this one stand before EndOffsets: it is
	// large, and was being published.
	InPart bool `json:"in_part,omitempty"`
	// Markers holds the version of each partition's last commit marker.
	Markers map[Domain][]Version `json:"markers"`
	// Holder is the run of capture that saved this, and Released says that it will write
	// no more. A successor waits for a predecessor that has not said so.
	Holder   string `json:"holder,omitempty"`
	Released bool   `json:"released,omitempty"`
	// Filled names the tables that had rows, in the log or in a snapshot. One of them
	// that is found empty without a word in the log is in doubt.
	Filled []string `json:"filled,omitempty"`
	// Bereft names the roots of which a row was deleted on which others hang, and that were
	// not compared with the tables yet.
	Bereft map[Domain][]Root `json:"bereft,omitempty"`
	// Severed holds the primary keys, as JSON, of deleted rows to which rows of other roots may have
	// been linked, and that were not looked for yet, by table.
	Severed map[string][]string `json:"severed,omitempty"`
	// Awaited holds the primary keys of parents that were in no table when a row came that
	// hangs on them, by the parents' table.
	Awaited map[string][]uint64 `json:"awaited,omitempty"`
	// Wanted names the roots that began to leave when their rows had been written, which were not
	// read yet; AllWanted says that there are more than are named.
	Wanted    []Root `json:"wanted,omitempty"`
	AllWanted bool   `json:"all_wanted,omitempty"`
	// StrayCarts says that the topic may have carts that are not negotiated any more, and that
	// they were not looked for yet.
	StrayCarts bool `json:"stray_carts,omitempty"`
	// Layouts holds a digest of the columns that each captured table has at this position,
	// by its name in the shop. A table that is missing here was altered in the log.
	Layouts map[string]string `json:"layouts,omitempty"`
	// Doubts are the tables of which the log is passed over between two places, by their name
	// in the shop: a snapshot brings their rows.
	Doubts map[string]Doubt `json:"doubts,omitempty"`
	// Captured is a digest of what the topics have of the shop: tables, columns, attributes.
	// Rows that were left out until now are brought by a snapshot.
	Captured string `json:"captured,omitempty"`
}

// A Doubt is a stretch of the log between two transactions, and the digest of the columns that
// the table has at its end; "" where they are not known.
type Doubt struct {
	From  Place `json:"from"`
	Until Place `json:"until"`
	// Begin is where its snapshot begins: at From, or where the table came into doubt once more
	// while an older checkpoint was the last that was saved.
	Begin  Place  `json:"begin"`
	Layout string `json:"layout,omitempty"`
	// Emptied is the table's name without the shop's prefix where a statement has emptied it at
	// From; "" where the log does not say that.
	Emptied string `json:"emptied,omitempty"`
}

// A Place is one in the log of the server that was captured last.
type Place struct {
	File string `json:"file"`
	Pos  uint64 `json:"pos"`
}

// Version returns the version of the last transaction read.
func (p Checkpoint) Version() Version { return Version{p.Epoch, p.Sequence} }

// Progress says how far a snapshot has come. Several ranges of a table's primary key are
// delivered side by side, and in any order.
type Progress struct {
	Epoch uint64  `json:"epoch"`
	Begin Version `json:"begin"` // of snapshot_begin
	Done  bool    `json:"done"`  // snapshot_end is published
	// Parts are the tables under way, and Tables those that are delivered whole.
	Parts  []Part   `json:"parts,omitempty"`
	Tables []string `json:"tables,omitempty"`
	Rows   int64    `json:"rows"` // published so far
	// Read are the rows read so far, those among them that do not leave or that the log
	// brought; Expected is how many there are by the server's own estimate.
	Read     int64 `json:"read"`
	Expected int64 `json:"expected,omitempty"`
	// ReadMS is how long rows were read, in milliseconds, the pauses of capture left out.
	ReadMS int64 `json:"read_ms,omitempty"`
	// Request is the id of the SnapshotRequest that asked for it; "" where nobody did.
	Request string `json:"request,omitempty"`
}

// Rate is how many rows were read in a second, 0 as long as that cannot be told.
func (p Progress) Rate() int64 {
	if p.ReadMS < 100 {
		return 0
	}
	return p.Read * 1000 / p.ReadMS
}

// LeftMS is how many milliseconds the rest will take by the server's estimate of the rows;
// known is false where that cannot be told.
func (p Progress) LeftMS() (ms int64, known bool) {
	if p.Done || p.Rate() == 0 || p.Expected == 0 {
		return 0, false
	}
	return max(0, p.Expected-p.Read) * 1000 / p.Rate(), true
}

// A Part is a table of which a snapshot has delivered some ranges. Keys are SQL text.
type Part struct {
	Table string `json:"table"`
	// Until is the table's highest primary key when its snapshot began; rows beyond it
	// come from the stream.
	Until []string `json:"until"`
	// Begun is the key up to which ranges were begun; nil when none was.
	Begun []string `json:"begun,omitempty"`
	// Open are the ranges that were begun and not delivered.
	Open []KeyRange `json:"open,omitempty"`
}

// A KeyRange is the rows of a table behind one primary key, up to another and with it. A nil
// After is before the first row.
type KeyRange struct {
	After []string `json:"after,omitempty"`
	Until []string `json:"until"`
}

// A Scope is what a snapshot is of: a domain, or one table of it.
type Scope struct {
	Domain Domain
	Table  string // "" is all of the domain's
}
