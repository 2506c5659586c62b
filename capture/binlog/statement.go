package binlog

import (
	"bytes"
	"strings"

	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/capture/row"
)

// query handles a statement in the log: DDL, a commit of tables without
// transactions, or rows as SQL, which only a session with another binlog_format
// writes. Its text is looked at and never kept, and none of it ends capture: what may
// have changed captured rows without saying which is a loss, and a snapshot follows.
func (s *Session) query(e *replication.QueryEvent) error {
	t := newTokens(e)
	verb := firstWord(t)
	s.flavor.states(&s.transaction, verb, *t)
	if s.passing {
		return s.passed(verb)
	}
	switch verb {
	case "COMMIT":
		return s.commit()
	case "ROLLBACK":
		return &LostError{"a transaction was rolled back after its rows were logged (tables without transactions took part)"}
	case "XA":
		return s.completeXA(t.next())
	}
	found, err := s.effect(e)
	if err == nil && found.doubt == "" {
		err = s.thin(&found)
	}
	if err != nil {
		return err
	}
	switch {
	case found.doubt != "" && found.table != "":
		return s.tableLost(found.table, found.doubt)
	case found.doubt != "":
		return &LostError{found.doubt}
	}
	for _, table := range found.altered {
		if err := s.altered(table); err != nil {
			return err
		}
	}
	if !s.transaction.single {
		return nil
	}
	return s.commit()
}

// thin doubts the tables that lost partitions, unless those held the past alone.
func (s *Session) thin(found *effect) error {
	for _, table := range found.thinned {
		past, err := s.config.HasHistoryPartitions(table)
		if err != nil {
			return err
		}
		if !past {
			found.table, found.doubt = table, "a partition of the table "+table+" was dropped"
		}
	}
	return nil
}

// altered forgets a table's columns: the rows after a DDL are not read by them.
func (s *Session) altered(table string) error {
	delete(s.config.Layouts, table)
	return s.emit(row.Event{Step: row.Altered, At: s.inside, Table: table})
}

// effect judges a statement. One with an executable comment that some servers run and
// others pass over is judged both ways.
func (s *Session) effect(e *replication.QueryEvent) (effect, error) {
	j := judge{session: s, database: string(e.Schema), tokens: newTokens(e)}
	err := j.statement()
	if j.tokens.broken && j.found.doubt == "" {
		if table := s.mentioned(e.Query); table != "" && s.concerns(e) {
			j.doubtTable(table, "a statement that mentions %s cannot be read")
		}
	}
	if err != nil || !j.tokens.conditional || j.tokens.passOver || j.found.doubt != "" {
		return j.found, err
	}
	other := judge{session: s, database: string(e.Schema), tokens: newTokens(e)}
	other.tokens.passOver = true
	err = other.statement()
	other.found.altered = append(other.found.altered, j.found.altered...)
	other.found.thinned = append(other.found.thinned, j.found.thinned...)
	return other.found, err
}

// firstWord takes the verb of a statement, in upper case, past brackets before it and
// past SET STATEMENT … FOR, which sets variables for the statement behind it.
func firstWord(t *tokens) string {
	first := t.next()
	for first.is("(") || first.is(";") {
		first = t.next()
	}
	if !first.is("SET") {
		return strings.ToUpper(first.text)
	}
	if rest := *t; !rest.next().is("STATEMENT") {
		return "SET"
	}
	for first = t.next(); !first.atEnd(); first = t.next() {
		if first.is("FOR") {
			return firstWord(t)
		}
	}
	return "SET"
}

// captured is the name of the captured table that a name stands for, as Config.Tables has
// it; "" when it is none, or one in doubt: what is done to it there is passed over.
func (s *Session) captured(n name) string {
	if _, ok := s.config.table(n.database, n.table); !ok || s.doubted(n.table) {
		return ""
	}
	return s.config.folded(n.table)
}

// concerns reports whether a statement may speak of the shop's database.
func (s *Session) concerns(e *replication.QueryEvent) bool {
	return s.config.isShop(string(e.Schema)) || strings.Contains(s.config.folded(string(e.Query)), s.config.folded(s.config.Database))
}

// mentioned finds the name of a captured table in a statement.
func (s *Session) mentioned(query []byte) string {
	for word := range bytes.FieldsFuncSeq(query, func(r rune) bool { return r >= 0x80 || !isNameByte(byte(r)) }) {
		if table := s.captured(name{s.config.Database, string(word)}); table != "" {
			return table
		}
	}
	return ""
}
