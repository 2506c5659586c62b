package binlog

import (
	"testing"

	"github.com/go-mysql-org/go-mysql/replication"
)

// variablesOf is what MariaDB writes of a session with a client's charset: flags, sql_mode,
// catalog, auto_increment and the three collations.
func variablesOf(charset byte, high byte) []byte {
	return []byte{0, 0, 0, 0, 0, 1, 0, 0, 0x20, 0, 0, 0, 0, 0, 6, 3, 's', 't', 'd', 3, 1, 0, 2, 0, 4, charset, high, 45, 0, 8, 0}
}

func TestACharacterOfTwoBytesIsReadAsTheClientWroteIt(t *testing.T) {
	// The second byte of each character is a backslash, or a backtick, to whoever reads bytes.
	text := "ALTER TABLE sales_order COMMENT '\x95\x5c', DROP COLUMN state"
	name := "ALTER TABLE `\x95\x60`.x ADD a int, RENAME store"
	bare := "ALTER TABLE \x95\x60 ADD a int, RENAME store"
	for charset, c := range map[string]struct {
		low, high byte
		query     string
		lost      bool
	}{
		"gbk":                       {28, 0, text, true},
		"gbk without padding":       {28, 4, text, true},
		"big5":                      {1, 0, text, true},
		"sjis":                      {13, 0, text, true},
		"cp932":                     {95, 0, text, true},
		"gb18030":                   {248, 0, text, true},
		"utf8mb4":                   {45, 0, text, false}, // there it is an escape, and the text goes on
		"gbk in a name":             {28, 0, name, true},
		"gbk in a bare name":        {28, 0, bare, true},
		"sjis, letters of one byte": {13, 0, "ALTER TABLE sales_order COMMENT '\xb1', DROP COLUMN state", true},
	} {
		t.Run(charset, func(t *testing.T) {
			s := statementSession()
			found, err := s.effect(&replication.QueryEvent{Schema: []byte("m2"), Query: []byte(c.query), StatusVars: variablesOf(c.low, c.high)})
			if certain := found.table != "" && found.doubt != "a statement that mentions "+found.table+" cannot be read"; err != nil || certain != c.lost {
				t.Errorf("%+v, %v; want it read: %v", found, err, c.lost)
			}
		})
	}
}

func TestVariablesThatAreCutOffOrUnknownAreReadAsFarAsTheyGo(t *testing.T) {
	whole := variablesOf(28, 0)
	for n := range whole {
		if v := readVariables(whole[:n]); v.charset != 0 && n < len(whole) {
			t.Errorf("%d bytes give charset %d", n, v.charset)
		}
	}
	if v := readVariables(append([]byte{99}, whole...)); v != (variables{}) {
		t.Errorf("an unknown variable gives %+v", v)
	}
	if v := readVariables(append([]byte{2, 1, 'x', 0}, whole...)); v.charset != 28 {
		t.Errorf("an old catalog gives %+v", v)
	}
}
