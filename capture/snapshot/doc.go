// Package snapshot publishes what was in a shop's tables before the log was read:
// chunk by chunk, while the shop goes on writing and the stream goes on streaming.
//
//	low watermark    at a boundary of the stream: a window opens, and notes what the log touches
//	chunk            a read view that has all that the log held at the low watermark, and
//	                 how far the log had come at the most; the rows of one key range
//	high watermark   at the first boundary that has reached that position: the rows
//	                 that the window has not noted are published, with a marker
//
// A row that the log touched between the watermarks comes from the log alone; its
// state in the chunk may be older than what was published. So a reader never sees a
// row go back, no table is locked, and no view is held longer than one chunk.
//
// Several workers read ranges of a table side by side. A snapshot is of a domain, or of one
// table of it that is in doubt or was asked for; some rows that were asked for come without
// control records, and take nothing away.
//
// Where a snapshot has come to is its progress, saved with the stream's checkpoints: a
// later session of the same epoch goes on from there. The package does not know how
// records are written, nor which server it reads from.
package snapshot
