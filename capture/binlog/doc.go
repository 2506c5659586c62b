// Package binlog reads a MariaDB's or a MySQL's binary log as a replica does and gives
// the rows of captured tables as JSON images, transaction by transaction.
//
//	server ──dump──→ Session ──→ Begin, Rows, Rows, Commit, Moved, Begin, …
//
// Each table map of a captured table gets a plan: which bytes of a row image belong
// to which allowed column. Other tables are recognised by name and their rows are
// never looked at. Column names and signedness come from the table map where
// binlog_row_metadata is FULL, else from the columns that information_schema gave for
// the position where the session begins. Each DDL on a table takes its columns away, so
// that no row behind it is read by them.
//
// A Session ends at the first error and is not resumed: its user opens a new one
// at the last position that it knows to be published. Sessions know nothing of
// Kafka, of aggregates or of snapshots.
package binlog
