// Package capture is the stage between Magento's database and the raw topics: every
// change of a wanted row, in the order of its transaction, in the partition of its
// aggregate, and a snapshot of what was there before.
//
//	           ┌──────── binlog.Session ─ Begin, Rows, Commit ────────┐
//	MariaDB ───┤                                                      ├─ pump ─ publisher ─→ <prefix>.sales …
//	           └─ snapshotter ─ read views ─ chunks, at a boundary ───┘            └──────→ <prefix>.offsets
//
// The pump is one goroutine, so what it appends is the order that readers see. A
// record is produced as soon as nothing more is waiting behind it; the end of a
// transaction is a commit marker in each partition that it touched. The position
// is saved after everything before it was acknowledged, and only where no
// transaction is open: a crash repeats, under the same versions, and never skips.
//
// Nothing is retried in place. Whatever fails ends the session, and the next one
// begins at the saved position. Where the log does not continue what was captured
// (it was purged, another server answers, Kafka lost records), capture says so,
// begins a new epoch and takes a new snapshot.
//
// Capture holds no table locks and writes nothing into the shop's database. It
// does not know what an invoice is: that is transform's.
package capture
