package binlog

import (
	"fmt"
	"slices"
)

// An effect is what a statement may do to captured tables without an event for each row.
type effect struct {
	// doubt is why captured rows may be others now; "" when they are not.
	doubt string
	// table is the captured table that the doubt is about; "" when it may be any.
	table string
	// altered are the captured tables, as the shop names them, that may have got other
	// columns beside those that are captured.
	altered []string
	// thinned are those that lost partitions, with rows of the present or of the past alone.
	thinned []string
}

// A judge decides by what a statement writes to. Where that cannot be told it doubts.
type judge struct {
	session  *Session
	database string // the statement's default
	tokens   *tokens
	found    effect
}

// A name is that of a table.
type name struct{ database, table string }

func (j *judge) doubt(why string) {
	if j.found.doubt == "" {
		j.found.doubt = why
	}
}

// doubtTable doubts the rows of one captured table; why has a %s for its name.
func (j *judge) doubtTable(table, why string) {
	if j.found.doubt == "" {
		j.found.table = table
	}
	j.doubt(fmt.Sprintf(why, table))
}

// statement judges the statement of the tokens.
func (j *judge) statement() error {
	switch verb := firstWord(j.tokens); verb {
	case "", "BEGIN", "START", "SAVEPOINT", "RELEASE", "SET", "FLUSH", "GRANT", "REVOKE", "OPTIMIZE",
		"CHECK", "LOCK", "UNLOCK", "INSTALL", "UNINSTALL", "RESET", "USE":
		return nil
	case "TRUNCATE":
		j.everyName("was truncated")
	case "RENAME":
		j.everyName("was renamed, or another got its name")
	case "DROP":
		j.drop()
	case "CREATE":
		j.create()
	case "ALTER":
		j.alter()
	case "INSERT", "REPLACE":
		return j.writes(j.nameAfter("LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "INTO"))
	case "LOAD":
		return j.load()
	case "UPDATE":
		return j.tables("SET")
	case "DELETE":
		return j.tables("WHERE", "ORDER", "RETURNING")
	case "WITH":
		return j.with()
	case "ANALYZE":
		return j.analyze()
	default:
		j.unknown(verb)
	}
	return nil
}

// analyze judges the statement that MariaDB's ANALYZE runs; ANALYZE TABLE changes no rows.
func (j *judge) analyze() error {
	for rest := *j.tokens; ; {
		switch t := rest.next(); {
		case isOneOf(t, "TABLE", "TABLES", "NO_WRITE_TO_BINLOG", "LOCAL"):
			return nil
		case isOneOf(t, "FORMAT", "=", "JSON", "TRADITIONAL"):
			*j.tokens = rest
		default:
			return j.statement()
		}
	}
}

// everyName doubts a captured table that is named anywhere in a statement that speaks of
// tables alone.
func (j *judge) everyName(what string) {
	for t := j.tokens.next(); !t.atEnd(); t = j.tokens.next() {
		j.gone(j.name(t), what)
	}
}

func (j *judge) gone(n name, what string) {
	if table := j.session.captured(n); table != "" {
		j.doubtTable(table, "the table %s "+what)
	}
}

// name reads the rest of a name whose first word is taken.
func (j *judge) name(first token) name {
	rest := *j.tokens
	if !rest.next().is(".") {
		return name{j.database, first.text}
	}
	second := rest.next()
	*j.tokens = rest
	if second.is("*") { // DELETE t.* FROM t
		return name{j.database, first.text}
	}
	return name{first.text, second.text}
}

// nameAfter reads a name behind words that may stand before it.
func (j *judge) nameAfter(words ...string) name {
	t := j.tokens.next()
	for slices.ContainsFunc(words, t.is) {
		t = j.tokens.next()
	}
	return j.name(t)
}

// drop judges DROP TABLE and DROP DATABASE; what else can be dropped has no rows.
func (j *judge) drop() {
	switch what := j.tokens.next(); {
	case what.is("TABLE"), what.is("TABLES"):
		j.everyName("was dropped")
	case what.is("DATABASE"), what.is("SCHEMA"):
		j.dropsDatabase(j.nameAfter("IF", "EXISTS"))
	}
}

func (j *judge) dropsDatabase(n name) {
	if j.session.config.isShop(n.table) {
		j.doubt("the shop's database was dropped")
	}
}

// create judges CREATE TABLE, and what OR REPLACE drops before. A table that IF NOT EXISTS
// found is as it was; the rows of a SELECT are logged as rows, or cannot be told.
func (j *judge) create() {
	replaces := false
	what := j.tokens.next()
	for ; what.is("OR") || what.is("REPLACE"); what = j.tokens.next() {
		replaces = replaces || what.is("REPLACE")
	}
	switch {
	case what.is("TABLE"): // a TEMPORARY one is none of ours
		keeps := false
		t := j.tokens.next()
		for ; t.is("IF") || t.is("NOT") || t.is("EXISTS"); t = j.tokens.next() {
			keeps = true
		}
		n := j.name(t)
		if !keeps || j.hasWord("SELECT") {
			j.gone(n, "was created")
		}
	case (what.is("DATABASE") || what.is("SCHEMA")) && replaces:
		j.dropsDatabase(j.nameAfter())
	}
}

func (j *judge) hasWord(word string) bool {
	for t := j.tokens.next(); !t.atEnd(); t = j.tokens.next() {
		if t.is(word) {
			return true
		}
	}
	return false
}

// load judges LOAD DATA … INTO TABLE and LOAD XML.
func (j *judge) load() error {
	for t := j.tokens.next(); !t.atEnd(); t = j.tokens.next() {
		if t.is("INTO") {
			return j.writes(j.nameAfter("TABLE"))
		}
	}
	j.unknown("LOAD")
	return nil
}

// unknown judges a statement that may write anywhere, such as a call of a function.
func (j *judge) unknown(verb string) {
	j.doubt("a statement of the kind " + printable(verb) + " was logged, and what it writes to cannot be told")
}

// printable is a verb as an error may repeat it: a word of the language, or nothing of it.
func printable(verb string) string {
	if slices.Contains([]string{"SELECT", "DO", "CALL", "VALUES", "LOAD", "REPAIR", "IMPORT", "WITH"}, verb) {
		return verb
	}
	return "that is not known here"
}
