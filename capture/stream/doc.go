// Package stream makes records of transactions: it decides which rows leave and for
// which aggregate, writes their envelopes, publishes them in order, and saves how far
// it has come.
//
//	log ─ Begin, Rows, Commit ─→ Streamer ─ route ─→ envelope ─→ publisher ─→ raw topics
//	snapshot ─ boundary tasks ──────┘                                └─→ checkpoint ─→ offsets topic
//
// The Streamer is one goroutine, so what it appends is the order that readers see. A
// record is published as soon as nothing more is waiting behind it, and those before it
// are acknowledged; meanwhile the log is read on. The end of a
// transaction is a commit marker in each partition that it touched. A checkpoint is
// saved after everything before it was acknowledged, and only where no transaction is
// open: a crash repeats, under the same versions, and never skips.
//
// A Streamer ends at the first error and is not resumed. It does not know where its
// events come from, who answers its look-ups, or how a snapshot reads its chunks.
package stream
