// Package servers starts the private servers that mage2sage is tested with:
// a source (MariaDB or MySQL), Postgres, a Kafka broker and the simulator of Sage.
//
//	                 ┌─ source        binlog in rows, FULL metadata, UTC; SOURCE says which release
//	Start ─► Set ────┼─ postgres      fsync off
//	          │      ├─ kafkabroker   or a real Kafka
//	          │      └─ sagesim       consents by itself
//	          └─ Stop, or the end of this process, ends them all
//
// Each server listens on a free port of 127.0.0.1 and has a data folder of its
// own, so any number of sets run side by side. A server can be stopped, killed
// and started again alone: its port and its data stay. A server dies with the
// process that started it, however that ends.
//
// What has to be fetched once (a source's packages, Kafka's jars) and what is
// slow to make (empty data folders) is kept in a cache outside the checkout,
// $XDG_CACHE_HOME/mage2sage or ~/.cache/mage2sage. The package never touches
// servers that it did not start.
package servers
