// Package debezium writes changed rows as Debezium does, for consumers that were built for
// its topics: one topic for each table, the primary key's columns as the key, its envelope as
// the value, JSON without schemas.
//
//	row and key ─→ Table.AppendKey       {"entity_id":7}
//	            └→ Table.AppendEnvelope  {"before":…,"after":…,"source":{…},"transaction":{…},"op":"u","ts_ms":…}
//
// Fields and their order are those of Version, with decimal.handling.mode=string and
// otherwise its defaults. Values are made of those of schemas/change:
//
//	DATETIME          milliseconds since 1970 on the clock on the wall, microseconds where
//	                  the column has more than three digits; zero dates are null
//	DATE              days since 1970; a zero date is null
//	TIME              microseconds
//	TIMESTAMP         as it stands; a zero is 1970-01-01T00:00:00Z
//	unsigned BIGINT   beyond the largest signed one as the negative number of the same bits
//	all others        as they stand
//
// What it leaves otherwise than Debezium does is listed in deploy/table-topics.md. It
// neither chooses columns and rows nor knows partitions: what it is given leaves.
package debezium
