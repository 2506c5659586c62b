package binlog

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/go-mysql-org/go-mysql/replication"
)

// query handles a statement in the log: DDL, a commit of tables without
// transactions, or rows as SQL, which only a session with another binlog_format
// writes. Its text is looked at and never kept.
func (s *Session) query(e *replication.QueryEvent) error {
	t := &tokens{rest: e.Query}
	verb := firstWord(t)
	var err error
	switch verb {
	case "COMMIT":
		return s.commit()
	case "BEGIN", "SAVEPOINT", "START":
		return nil
	case "ROLLBACK":
		err = &LostError{"a transaction was rolled back after its rows were logged (tables without transactions took part)"}
	case "XA":
		return s.completeXA(t.next())
	case "INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "WITH":
		err = s.rowsAsSQL(e)
	case "TRUNCATE":
		err = s.truncate(e, t)
	case "RENAME", "ALTER":
		err = s.rename(e, t, verb)
	}
	if err == nil && t.broken {
		err = s.unreadable(e)
	}
	if err != nil || !s.transaction.single {
		return err
	}
	return s.commit()
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

// rowsAsSQL refuses rows of a captured table that were logged as SQL.
func (s *Session) rowsAsSQL(e *replication.QueryEvent) error {
	if table := s.mentioned(e.Query); table != "" && s.concerns(e) {
		return &UnreadableError{fmt.Sprintf("a change of %s as an SQL statement", table), s.inside,
			"type SET GLOBAL binlog_format=ROW; and put binlog_format=ROW under [mysqld] in my.cnf, then start again: a new snapshot is taken"}
	}
	return nil
}

// truncate reports a truncated table as a loss: rows that vanish without an event are
// found by a snapshot.
func (s *Session) truncate(e *replication.QueryEvent, t *tokens) error {
	name := t.next()
	if name.is("TABLE") {
		name = t.next()
	}
	if table := s.captured(e, t, name); table != "" {
		return s.tableLost(table, fmt.Sprintf("the table %s was truncated", table))
	}
	return nil
}

// rename reports a captured table that got another name, or another that got its
// name, as a loss: its rows are others now, and no event says so.
func (s *Session) rename(e *replication.QueryEvent, t *tokens, verb string) error {
	renames, captured := verb == "RENAME", ""
	for name := t.next(); !name.atEnd(); name = t.next() {
		if name.is("RENAME") {
			switch to := t.next(); {
			case to.is("COLUMN"), to.is("INDEX"), to.is("KEY"):
				continue
			default:
				renames, name = true, to
			}
		}
		if table := s.captured(e, t, name); table != "" {
			captured = table
		}
	}
	if renames && captured != "" {
		return s.tableLost(captured, fmt.Sprintf("the table %s was renamed, or another got its name", captured))
	}
	return nil
}

// captured is the captured table that a name, which may go on with a dot and a second
// name, stands for; "" when it is none.
func (s *Session) captured(e *replication.QueryEvent, t *tokens, name token) string {
	database, table := string(e.Schema), name.text
	if rest := *t; rest.next().is(".") {
		t.next()
		database, table = name.text, t.next().text
	}
	if _, ok := s.config.table(database, table); ok {
		return table
	}
	return ""
}

// unreadable reports a statement whose end cannot be told as a loss, where it may
// speak of a captured table.
func (s *Session) unreadable(e *replication.QueryEvent) error {
	if table := s.mentioned(e.Query); table != "" && s.concerns(e) {
		return s.tableLost(table, fmt.Sprintf("a statement that mentions %s cannot be read", table))
	}
	return nil
}

// concerns reports whether a statement may speak of the shop's database.
func (s *Session) concerns(e *replication.QueryEvent) bool {
	return s.config.isShop(string(e.Schema)) || strings.Contains(s.config.folded(string(e.Query)), s.config.folded(s.config.Database))
}

// mentioned finds the name of a captured table in a statement.
func (s *Session) mentioned(query []byte) string {
	isName := func(r rune) bool {
		return r == '_' || r == '$' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	for name := range bytes.FieldsFuncSeq(query, func(r rune) bool { return !isName(r) }) {
		if _, wanted := s.config.Tables[s.config.folded(string(name))]; wanted {
			return string(name)
		}
	}
	return ""
}
