// Package binlog reads a MariaDB server's binary log as a replica does and gives
// the rows of captured tables as JSON images, transaction by transaction.
//
//	server ──dump──→ Session ──→ Begin, Rows, Rows, Commit, Moved, Begin, …
//
// Each table map of a captured table gets a plan: which bytes of a row image belong
// to which allowed column. Other tables are recognised by name and their rows are
// never looked at. Column names and signedness come from the table map where
// binlog_row_metadata is FULL, else from information_schema, whose columns must
// then agree with the table map in number and types. No DDL is parsed.
//
// A Session ends at the first error and is not resumed: its user opens a new one
// at the last position that it knows to be published. Sessions know nothing of
// Kafka, of aggregates or of snapshots.
package binlog
