// Package position says where in a server's binary log something stands.
//
//	Position   binlog.000042:1337     one server's own count, comparable within it
//	From       GTIDs and a Position   where reading begins, on whatever server has the GTIDs
//
// Both are plain values; Positions compare. The package knows neither servers nor what
// their logs hold.
package position

import (
	"cmp"
	"strconv"
	"strings"
)

// A Position is a place in one server's log. Positions of different servers are not
// comparable.
type Position struct {
	File string
	Pos  uint64
}

// String is file:pos.
func (p Position) String() string { return p.File + ":" + strconv.FormatUint(p.Pos, 10) }

// Compare orders positions: by the number that a file's name ends with, then by
// offset. The zero Position is before every other.
func (p Position) Compare(q Position) int {
	return cmp.Or(cmp.Compare(fileNumber(p.File), fileNumber(q.File)), cmp.Compare(p.Pos, q.Pos))
}

// Reached reports whether p is at q or after it.
func (p Position) Reached(q Position) bool { return p.Compare(q) >= 0 }

// fileNumber is 42 for "binlog.000042"; names are not compared as text, because the
// number outgrows its six digits.
func fileNumber(file string) uint64 {
	n, _ := strconv.ParseUint(file[strings.LastIndexByte(file, '.')+1:], 10, 64)
	return n
}

// A Transaction is one that was read, as every server knows it that has it.
type Transaction struct {
	GTID string
	TSMS int64 // its first commit, Unix milliseconds; on MariaDB whole seconds
	// Before are the transactions before it.
	Before string
}

// A From is where reading a log begins: after the transactions of GTID. At is where
// the log of the server that answered then stood.
type From struct {
	GTID string
	At   Position
	// ByGTID says that GTID alone is certain: a transaction that it lacks may stand before At.
	ByGTID bool
	// Again is the last transaction of GTID, when another server has to prove that it has it.
	Again Transaction
	// Created is when the server began At's file, in Unix seconds; 0 when that is not
	// known. Another file under the same name is another history.
	Created int64
}
