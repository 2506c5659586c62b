package binlog

import (
	"slices"
	"strings"
)

// alter judges ALTER TABLE, part by part; what else can be altered has no rows.
func (j *judge) alter() {
	what, ignore := j.tokens.next(), false
	for ; what.is("ONLINE") || what.is("OFFLINE") || what.is("IGNORE"); what = j.tokens.next() {
		ignore = ignore || what.is("IGNORE")
	}
	if !what.is("TABLE") {
		return
	}
	table := j.session.captured(j.nameAfter("IF", "EXISTS"))
	j.passWait()
	if table != "" {
		j.found.altered = append(j.found.altered, table)
		if ignore {
			j.doubtTable(table, "the table %s was altered with IGNORE, which drops rows")
		}
	}
	for part := j.part(table); part; part = j.part(table) {
	}
}

// passWait passes over how long MariaDB is to wait for a lock: NOWAIT or WAIT 1.5.
func (j *judge) passWait() {
	rest := *j.tokens
	t := rest.next()
	if t.is("NOWAIT") {
		*j.tokens = rest
	}
	if !t.is("WAIT") {
		return
	}
	for ; t.is("WAIT") || t.is(".") || t.isNumber(); t = rest.next() {
		*j.tokens = rest
	}
}

// A word of a part: how deep it stands in brackets.
type word struct {
	token
	depth int
}

// part judges one part of an ALTER TABLE of a captured table, or of another where table is "".
// It returns false at the end.
func (j *judge) part(table string) bool {
	var words []word
	depth := 0
	t := j.tokens.next()
	for ; !t.atEnd() && (depth > 0 || !t.is(",")); t = j.tokens.next() {
		j.takesName(words, t)
		switch {
		case t.is("("):
			depth++
		case t.is(")"):
			depth--
		default:
			words = append(words, word{t, depth})
		}
	}
	if table != "" {
		j.changesRows(table, words)
	}
	return !t.atEnd()
}

// takesName doubts a captured table that a part names as one whose rows go or come:
// RENAME TO, EXCHANGE PARTITION … WITH TABLE and CONVERT.
func (j *judge) takesName(before []word, t token) {
	if len(before) == 0 || t.atEnd() {
		return
	}
	last := before[len(before)-1]
	switch first := before[0]; {
	case first.is("RENAME") && len(before) <= 2 && !isOneOf(last.token, "COLUMN", "INDEX", "KEY"),
		isOneOf(first.token, "EXCHANGE", "CONVERT") && last.is("TABLE"):
		rest := *j.tokens
		j.gone(j.name(t), "was renamed or exchanged, or another got its name")
		*j.tokens = rest
	}
}

// changesRows doubts the rows of a captured table where a part changes what stands in them:
// partitions with rows, a captured column, how its text is stored, the table's name or history.
func (j *judge) changesRows(table string, words []word) {
	if len(words) == 0 {
		return
	}
	first, second := words[0].token, token{}
	if len(words) > 1 {
		second = words[1].token
	}
	switch {
	case isOneOf(first, "TRUNCATE", "DISCARD", "IMPORT", "EXCHANGE"),
		first.is("CONVERT") && !j.toUTF8(words), first.is("RENAME") && !isOneOf(second, "COLUMN", "INDEX", "KEY"),
		second.is("SYSTEM"), isOneOf(second, "PERIOD", "PRIMARY"), second.is("CONSTRAINT") && first.is("ADD") && hasWord(words, "PRIMARY"),
		first.is("PARTITION") && hasWord(words, "SYSTEM_TIME"), hasWord(words, "ENGINE") && hasWord(words, "BLACKHOLE"):
		j.doubtTable(table, "the table %s was altered in a way that changes its rows")
	case first.is("DROP") && second.is("PARTITION"):
		j.found.thinned = append(j.found.thinned, table)
	case isOneOf(second, "INDEX", "KEY", "UNIQUE", "FULLTEXT", "SPATIAL", "CONSTRAINT", "FOREIGN", "CHECK"):
	default:
		j.capturedColumn(table, words)
	}
}

// capturedColumn doubts a table of which a part adds, drops or changes a captured column.
func (j *judge) capturedColumn(table string, words []word) {
	if !isOneOf(words[0].token, "ADD", "DROP", "MODIFY", "CHANGE", "ALTER", "RENAME") {
		return
	}
	inBrackets := listed(words[1:])
	for i, w := range words[1:] {
		isColumn := slices.ContainsFunc(j.session.config.Tables[table].Columns, func(c string) bool { return strings.EqualFold(c, w.text) })
		if isColumn && w.quote != '\'' && !words[i].is("AFTER") && (w.depth == 0 || inBrackets) {
			j.doubtTable(table, "a captured column of %s was altered")
		}
	}
}

// listed reports whether columns stand in brackets: ADD COLUMN IF NOT EXISTS (a int, b int).
func listed(words []word) bool {
	i := slices.IndexFunc(words, func(w word) bool { return w.depth > 0 || !isOneOf(w.token, "COLUMN", "IF", "NOT", "EXISTS") })
	return i >= 0 && words[i].depth > 0
}

// toUTF8 reports whether CONVERT TO CHARACTER SET loses no letter.
func (j *judge) toUTF8(words []word) bool {
	i := slices.IndexFunc(words, func(w word) bool { return isOneOf(w.token, "SET", "CHARSET") })
	return i >= 0 && i+1 < len(words) && strings.EqualFold(words[i+1].text, "utf8mb4")
}

func hasWord(words []word, text string) bool {
	return slices.ContainsFunc(words, func(w word) bool { return strings.EqualFold(w.text, text) })
}

func isOneOf(t token, words ...string) bool { return slices.ContainsFunc(words, t.is) }
