package binlog

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/go-mysql-org/go-mysql/replication"
)

// tokens reads a statement piece by piece, as MariaDB's and MySQL's own lexers do:
// comments are passed over, what is in executable comments, /*! … */ and /*M! … */,
// is read, and a name in quotes is a name. An executable comment for a release that not
// every server has reached is read or passed over, by passOver.
//
// It is not a parser, on purpose. The one that is to be had as a module reads MySQL's
// grammar: MariaDB's CREATE OR REPLACE TABLE, SET STATEMENT … FOR, … RETURNING,
// XA ROLLBACK and COMPRESSED are syntax errors to it, and its lexer cannot be used alone.
type tokens struct {
	rest []byte
	// broken is set where a comment or a quotation does not end: nothing that was read
	// can be relied upon then.
	broken bool
	// conditional is set where an executable comment was met that some servers run.
	conditional bool
	passOver    bool // what is in such comments
	// backslash says that one in a text takes the next byte along.
	backslash bool
	// leads reports whether a byte of the client's charset takes the next one along, which
	// may look like a backslash or a quote.
	leads func(byte) bool
	open  int // executable comments that are being read
}

// newTokens begins to read a statement as the session that ran it did.
func newTokens(e *replication.QueryEvent) *tokens {
	vars := readVariables(e.StatusVars)
	return &tokens{rest: e.Query, backslash: vars.sqlMode&noBackslashEscapes == 0, leads: leadBytes(vars.charset)}
}

// A token is one piece of a statement; the zero token is its end.
type token struct {
	text  string
	quote byte // of "sales_order" and `sales_order`, which are no words of the language; 0 of words
}

// isNumber reports whether a token is digits alone.
func (t token) isNumber() bool {
	return t.text != "" && t.quote == 0 && strings.Trim(t.text, "0123456789") == ""
}

// is reports whether a token is a word of the language, in any case.
func (t token) is(word string) bool { return t.quote == 0 && strings.EqualFold(t.text, word) }

func (t token) atEnd() bool { return t.text == "" && t.quote == 0 }

// next takes the next token.
func (t *tokens) next() token {
	t.skip()
	if len(t.rest) == 0 {
		return token{}
	}
	switch c := t.rest[0]; {
	case c == '`' || c == '"' || c == '\'':
		return t.quotation(c)
	case isNameByte(c):
		n := 0
		for n < len(t.rest) && isNameByte(t.rest[n]) {
			n += t.width(n)
		}
		return token{text: t.take(n)}
	}
	return token{text: t.take(1)}
}

// width is 2 where a character of two bytes begins.
func (t *tokens) width(at int) int {
	if t.leads(t.rest[at]) && at+1 < len(t.rest) {
		return 2
	}
	return 1
}

// remainder is the rest of a statement as it stands there.
func (t *tokens) remainder() string { return strings.TrimSpace(string(t.rest)) }

func (t *tokens) take(n int) string {
	text := string(t.rest[:n])
	t.rest = t.rest[n:]
	return text
}

// skip passes over white space, comments and the marks of executable comments.
func (t *tokens) skip() {
	for {
		t.rest = bytes.TrimLeft(t.rest, " \t\r\n\f\v\x00")
		switch {
		case bytes.HasPrefix(t.rest, []byte("/*!")), bytes.HasPrefix(t.rest, []byte("/*M!")):
			t.executable()
		case t.open > 0 && bytes.HasPrefix(t.rest, []byte("*/")):
			t.rest, t.open = t.rest[2:], t.open-1
		case bytes.HasPrefix(t.rest, []byte("/*")):
			t.skipPast("*/")
		case t.rest != nil && (bytes.HasPrefix(t.rest, []byte("#")) || isDashComment(t.rest)):
			_, t.rest, _ = bytes.Cut(t.rest, []byte("\n"))
		default:
			return
		}
	}
}

// executable enters an executable comment. Its number is a release: MariaDB passes over
// those of MySQL from 5.7 on, and every server those that are newer than itself.
func (t *tokens) executable() {
	_, t.rest, _ = bytes.Cut(t.rest, []byte("!"))
	digits := len(t.rest) - len(bytes.TrimLeft(t.rest, "0123456789"))
	release, _ := strconv.Atoi(string(t.rest[:digits]))
	t.rest = t.rest[digits:]
	if release >= mysql57 && release < mariadb100 || release > oldestMariaDB {
		if t.conditional = true; t.passOver {
			t.skipPast("*/")
			return
		}
	}
	t.open++
}

// Releases as executable comments number them.
const (
	mysql57       = 50700
	mariadb100    = 100000
	oldestMariaDB = 100600 // that is captured
)

// isDashComment reports whether -- begins a comment: only with white space behind it.
func isDashComment(b []byte) bool {
	return bytes.HasPrefix(b, []byte("--")) && (len(b) == 2 || b[2] <= ' ')
}

func (t *tokens) skipPast(end string) {
	_, after, found := bytes.Cut(t.rest, []byte(end))
	t.rest, t.broken = after, t.broken || !found
}

// quotation takes a name or a text in quotes. A quote is doubled within, and outside
// of backticks a backslash takes the next byte along.
func (t *tokens) quotation(quote byte) token {
	var text []byte
	for i := 1; i < len(t.rest); i++ {
		switch c := t.rest[i]; {
		case t.width(i) == 2:
			text = append(text, c, t.rest[i+1])
			i++
		case c == '\\' && t.backslash && quote != '`' && i+1 < len(t.rest):
			i++
			text = append(text, t.rest[i])
		case c != quote:
			text = append(text, c)
		case i+1 < len(t.rest) && t.rest[i+1] == quote:
			i++
			text = append(text, c)
		default:
			t.rest = t.rest[i+1:]
			return token{text: string(text), quote: quote}
		}
	}
	t.rest, t.broken = nil, true
	return token{}
}

// isNameByte reports whether a name may hold a byte without being quoted.
func isNameByte(c byte) bool {
	return c == '_' || c == '$' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}
