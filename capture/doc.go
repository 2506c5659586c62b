// Package capture is the stage between Magento's database and the raw topics: every
// change of a captured row, in the order of its transaction, in the partition of its
// aggregate, and a snapshot of what was there before.
//
//	          ┌── binlog.Session ─ Begin, Rows, Commit ──┐
//	source ───┤                                           ├─ stream.Streamer ─→ <prefix>.sales …
//	          └── snapshot ─ read views ─ chunks ─────────┘        └──────────→ <prefix>.offsets
//
//	source     the database server: who answers, its tables, the end of its log, the lock
//	binlog     the server's protocol → transactions of rows
//	snapshot   what was there before, chunk by chunk between two watermarks
//	stream     transactions and chunks → records: route, publish, checkpoint
//	row        a row as JSON, the same from the log and from a SELECT
//	position   where a log stands
//
// This package puts them together: a Stage runs one session after the other, each from
// the resume point that checkpoint, broker and server agree on.
//
// Nothing is retried in place. Whatever fails ends the session, and the next one
// begins at the saved position. Where the log does not continue what was captured
// (it was purged or reset, another server does not prove that it is the same, Kafka lost records), capture says
// so, begins a new epoch and takes a new snapshot. Where a snapshot would delete what
// may still be true (a table is missing, may not be read, or is empty without a word
// in the log), capture waits and says so.
//
// Capture holds no table locks and writes nothing into the shop's database. It
// does not know what an invoice is: that is transform's.
package capture
