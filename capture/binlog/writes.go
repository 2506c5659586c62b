package binlog

import (
	"encoding/binary"
	"slices"

	"github.com/go-mysql-org/go-mysql/replication"
)

// writes judges rows that were logged as an SQL statement: those of a captured table, and
// of a view, which may be one upon it. A table of another database that we have no right
// to see counts as another table: what tools keep there for themselves, such as
// checksums and heartbeats, is written every second.
func (j *judge) writes(n name) error {
	if table := j.session.captured(n); table != "" {
		j.doubtTable(table, "rows of %s were changed by a statement that was logged as SQL (some session sets binlog_format)")
		return nil
	}
	if j.session.config.isShop(n.database) && j.session.doubted(n.table) {
		return nil
	}
	kind, err := j.session.config.TableType(n.database, n.table)
	if err != nil {
		return err
	}
	if kind == "VIEW" || kind == "" && j.session.config.isShop(n.database) {
		j.doubt("a statement that was logged as SQL changed rows, and it cannot be told of which table")
	}
	return nil
}

// joins are the words behind which a table is named in UPDATE and DELETE.
var joins = []string{",", "JOIN", "STRAIGHT_JOIN", "FROM", "USING"}

// modifiers are those that may stand before the first table.
var modifiers = []string{"LOW_PRIORITY", "QUICK", "IGNORE"}

// tables judges the tables of an UPDATE or a DELETE, up to the words that end their list.
// A joined table that is only read counts as written: which it is, columns alone can tell.
func (j *judge) tables(ends ...string) error {
	named := true // a table is named next
	for t := j.tokens.next(); !t.atEnd() && !slices.ContainsFunc(ends, t.is); t = j.tokens.next() {
		switch {
		case t.is("HISTORY") && named: // DELETE HISTORY FROM: rows of the past
			return nil
		case slices.ContainsFunc(joins, t.is):
			named = !t.is("USING") || !j.follows("(")
		case t.is("("):
			if !named || j.follows("SELECT") {
				j.skipBrackets()
				named = false
			}
		case named && !slices.ContainsFunc(modifiers, t.is):
			named = false
			if err := j.writes(j.name(t)); err != nil {
				return err
			}
		}
	}
	return nil
}

// with judges the statement behind common table expressions.
func (j *judge) with() error {
	for t := j.tokens.next(); !t.atEnd(); t = j.tokens.next() {
		switch {
		case t.is("("):
			j.skipBrackets()
		case t.is("UPDATE"):
			return j.tables("SET")
		case t.is("DELETE"):
			return j.tables("WHERE", "ORDER", "RETURNING")
		case t.is("INSERT"), t.is("REPLACE"):
			return j.writes(j.nameAfter("LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "INTO"))
		}
	}
	j.unknown("WITH")
	return nil
}

// follows reports whether a word comes next, and leaves it.
func (j *judge) follows(word string) bool {
	rest := *j.tokens
	return rest.next().is(word)
}

// skipBrackets passes over everything up to the bracket that closes the one just taken.
func (j *judge) skipBrackets() {
	for depth := 1; depth > 0; {
		switch t := j.tokens.next(); {
		case t.atEnd():
			return
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		}
	}
}

// loadStatement is the LOAD DATA of an event that executes one, which the library does
// not keep: behind proxy id (4), time (4), length of the schema (1), error (2), length of
// the variables (2) and four numbers about the file (13).
func loadStatement(raw []byte, trailer int) *replication.QueryEvent {
	const fixed = 26
	body := raw[min(len(raw), replication.EventHeaderSize):max(0, len(raw)-trailer)]
	if len(body) < fixed {
		return &replication.QueryEvent{Query: []byte("LOAD")}
	}
	vars := fixed + int(binary.LittleEndian.Uint16(body[11:]))
	schema := vars + int(body[8])
	if len(body) < schema+1 {
		return &replication.QueryEvent{Query: []byte("LOAD")}
	}
	return &replication.QueryEvent{StatusVars: body[fixed:vars], Schema: body[vars:schema], Query: body[schema+1:]}
}
