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
// The metrics of a stage, in the order of what they are looked at for. Tables are those of
// schemas/magento and operations c, u, d and r, so that no label grows with the shop:
//
//	mage2sage_capture_seconds_behind{source}           age of the last transaction when it was published
//	mage2sage_capture_last_event_age_seconds{source}   time since the last transaction that was read was committed; absent before the first
//	mage2sage_capture_transactions_total{source}       transactions read, those without captured rows included
//	mage2sage_capture_rows_total{source,table,op}      rows published, tombstones not counted
//	mage2sage_capture_records_total{source,domain}     records acknowledged by Kafka, control records included; domain is tables for all topics of tables
//	mage2sage_capture_bytes_total{source}              bytes of the acknowledged records
//	mage2sage_capture_snapshot_rows_total{source}      rows of snapshots delivered
//	mage2sage_capture_snapshot_chunks_total{source}    chunks of snapshots delivered
//	mage2sage_capture_orphans_total{source}            rows dropped because their parent is gone
//	mage2sage_capture_cascaded_total{source}           deletes of rows that went with their parents without a word in the log
//	mage2sage_capture_redials_total{source}            sessions begun after the first
//	mage2sage_capture_epochs_total{source}             new epochs begun, each with a snapshot
//	mage2sage_capture_doubts_total{source}             tables that came into doubt, each with a snapshot of it or of its domain
//
// How long it takes until the server may purge what was not read yet is
// mage2sage_seconds_until_purge, which every process tells that reaches the server.
//
// Capture holds no table locks and writes nothing into the shop's database. It
// does not know what an invoice is: that is transform's.
package capture
