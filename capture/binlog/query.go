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
	verb, rest := word(e.Query)
	var err error
	switch verb {
	case "COMMIT":
		return s.commit()
	case "BEGIN", "SAVEPOINT", "START":
		return nil
	case "ROLLBACK":
		err = &LostError{"a transaction was rolled back after its rows were logged (tables without transactions took part)"}
	case "XA":
		if next, _ := word(rest); next == "ROLLBACK" {
			err = &LostError{"a prepared transaction was rolled back after its rows were logged"}
		}
	case "INSERT", "UPDATE", "DELETE", "REPLACE", "LOAD", "WITH":
		err = s.statement(e)
	case "TRUNCATE":
		err = s.truncate(e, rest)
	}
	if err != nil || !s.single {
		return err
	}
	return s.commit()
}

// statement refuses rows of a wanted table that were logged as SQL.
func (s *Session) statement(e *replication.QueryEvent) error {
	if table := s.mentioned(e.Query); table != "" && s.concerns(e) {
		return &UnreadableError{fmt.Sprintf("a change of %s as an SQL statement", table), s.inside,
			"type SET GLOBAL binlog_format=ROW; and put binlog_format=ROW under [mysqld] in my.cnf, then start again: a new snapshot is taken"}
	}
	return nil
}

// truncate makes a truncated table known as a loss: rows that vanish without an
// event are found by a snapshot.
func (s *Session) truncate(e *replication.QueryEvent, rest []byte) error {
	name, after := cut(rest)
	if strings.EqualFold(name, "TABLE") {
		name, _ = cut(after)
	}
	name = strings.ReplaceAll(name, "`", "")
	database, table, qualified := strings.Cut(name, ".")
	if !qualified {
		database, table = string(e.Schema), name
	}
	if _, wanted := s.config.Tables[table]; wanted && strings.EqualFold(database, s.config.Database) {
		return &LostError{fmt.Sprintf("the table %s was truncated", table)}
	}
	return nil
}

// concerns tells whether a statement may speak of the shop's database.
func (s *Session) concerns(e *replication.QueryEvent) bool {
	return string(e.Schema) == s.config.Database || bytes.Contains(e.Query, []byte(s.config.Database))
}

// mentioned finds the name of a wanted table in a statement.
func (s *Session) mentioned(query []byte) string {
	isName := func(r rune) bool {
		return r == '_' || r == '$' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	for name := range bytes.FieldsFuncSeq(query, func(r rune) bool { return !isName(r) }) {
		if _, wanted := s.config.Tables[string(name)]; wanted {
			return string(name)
		}
	}
	return ""
}

// word is cut in upper case.
func word(query []byte) (first string, rest []byte) {
	first, rest = cut(query)
	return strings.ToUpper(first), rest
}

// cut takes the first word off a statement, past comments before it.
func cut(query []byte) (first string, rest []byte) {
	query = bytes.TrimLeft(query, " \t\r\n(;")
	for bytes.HasPrefix(query, []byte("/*")) {
		_, after, closed := bytes.Cut(query, []byte("*/"))
		if !closed {
			return "", nil
		}
		query = bytes.TrimLeft(after, " \t\r\n(;")
	}
	end := bytes.IndexAny(query, " \t\r\n;(")
	if end < 0 {
		end = len(query)
	}
	return string(query[:end]), query[end:]
}
