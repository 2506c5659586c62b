// Package source is the database server of one Magento shop: who answers, what it
// lets us do, which tables it has, where its log ends, and views of its tables at a
// known position of that log.
//
//	            ┌─ Preflight ──→ findings: what is missing, and what to type about it
//	Database ───┤─ EndOfLog ───→ where a new epoch begins
//	            │─ Continues ──→ whether the log is still the one that was read
//	            │─ TakesOver ──→ whether another server may go on from it
//	            │─ Layout, Columns, Charsets ──→ how rows are to be read
//	            │─ OpenView ───→ a read view and its position, for the snapshot
//	            └─ Lock ───────→ the right to be the only capture
//
// What one kind of server does otherwise than the others is behind one interface,
// dialect, with MariaDB's in mariadb.go and MySQL's in mysql.go. Everything else is plain
// SQL that all of them understand, in words of their own in asking.go. The package takes no table locks and writes nothing; it does not
// know Kafka, nor what becomes of the rows.
package source
