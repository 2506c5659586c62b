// Package e2e holds the end-to-end tests: the real binary between a real MariaDB, a
// Kafka broker, a real Postgres and the Sage simulator, checked by comparing
// Magento's tables with what the simulator received.
//
// The servers are those of the TESTENV_ variables, else private ones are started
// where they are installed; with TESTENV=required a missing one is a failure. Each
// test has a database of its own in MariaDB and Postgres, a topic prefix of its
// own and a simulator of its own.
package e2e
