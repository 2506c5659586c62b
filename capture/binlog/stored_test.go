package binlog

import (
	"errors"
	"testing"

	"github.com/go-mysql-org/go-mysql/mysql"
)

func TestStoredValuesReadAsTheFormatsOfTheServerSay(t *testing.T) {
	for name, c := range map[string]struct {
		kind     byte
		meta     uint16
		unsigned bool
		charset  string
		bytes    string
		want     string
	}{
		"TINYINT below zero":           {mysql.MYSQL_TYPE_TINY, 0, false, "", "\xff", "-1"},
		"TINYINT UNSIGNED":             {mysql.MYSQL_TYPE_TINY, 0, true, "", "\xff", "255"},
		"MEDIUMINT below zero":         {mysql.MYSQL_TYPE_INT24, 0, false, "", "\x00\x00\x80", "-8388608"},
		"BIGINT UNSIGNED":              {mysql.MYSQL_TYPE_LONGLONG, 0, true, "", "\xff\xff\xff\xff\xff\xff\xff\xff", "18446744073709551615"},
		"DECIMAL(14,4) of the manual":  {mysql.MYSQL_TYPE_NEWDECIMAL, 14<<8 | 4, false, "", "\x81\x0d\xfb\x38\xd2\x04\xd2", `"1234567890.1234"`},
		"the same below zero":          {mysql.MYSQL_TYPE_NEWDECIMAL, 14<<8 | 4, false, "", "\x7e\xf2\x04\xc7\x2d\xfb\x2d", `"-1234567890.1234"`},
		"DATE":                         {mysql.MYSQL_TYPE_DATE, 0, false, "", "\x3f\xd4\x0f", `"2026-01-31"`},
		"a zero DATE":                  {mysql.MYSQL_TYPE_DATE, 0, false, "", "\x00\x00\x00", `"0000-00-00"`},
		"TIMESTAMP":                    {mysql.MYSQL_TYPE_TIMESTAMP2, 0, false, "", "\x00\x00\x00\x01", `"1970-01-01T00:00:01Z"`},
		"TIMESTAMP(3)":                 {mysql.MYSQL_TYPE_TIMESTAMP2, 3, false, "", "\x00\x00\x00\x01\x04\xce", `"1970-01-01T00:00:01.123Z"`},
		"a zero TIMESTAMP":             {mysql.MYSQL_TYPE_TIMESTAMP2, 0, false, "", "\x00\x00\x00\x00", `"0000-00-00T00:00:00Z"`},
		"an old DATETIME":              {mysql.MYSQL_TYPE_DATETIME, 0, false, "", "\x80\x23\xeb\x2d\x6d\x12\x00\x00", `"2026-01-31T12:00:00"`},
		"text with a quote":            {mysql.MYSQL_TYPE_VARCHAR, 200, false, "utf8mb4", `a"ä`, `"a\"ä"`},
		"latin1 is Windows-1252":       {mysql.MYSQL_TYPE_VARCHAR, 200, false, "latin1", "\x80\xe9", `"€é"`},
		"BINARY(4) has its zeros back": {mysql.MYSQL_TYPE_STRING, 0xfe04, false, "binary", "A", `"A\u0000\u0000\u0000"`},
	} {
		t.Run(name, func(t *testing.T) {
			column := newStored(c.kind, c.meta)
			column.unsigned, column.charset = c.unsigned, c.charset
			if got := string(column.append(nil, []byte(c.bytes))); got != c.want {
				t.Errorf("%x reads %s, want %s", c.bytes, got, c.want)
			}
		})
	}
}

func TestTheRealTypeAndLengthOfAStringAreInItsMetadata(t *testing.T) {
	for name, c := range map[string]struct {
		meta uint16
		kind byte
		size int
	}{
		"CHAR(10) of one byte":    {0xfe0a, mysql.MYSQL_TYPE_STRING, 10},
		"CHAR(255) of four bytes": {0xcefc, mysql.MYSQL_TYPE_STRING, 1020},
		"ENUM":                    {0xf701, mysql.MYSQL_TYPE_ENUM, 1},
		"SET of eight bytes":      {0xf808, mysql.MYSQL_TYPE_SET, 8},
	} {
		t.Run(name, func(t *testing.T) {
			if got := newStored(mysql.MYSQL_TYPE_STRING, c.meta); got.kind != c.kind || got.meta != c.size {
				t.Errorf("type %d of %d bytes, want %d of %d", got.kind, got.meta, c.kind, c.size)
			}
		})
	}
}

func TestAnImageThatEndsEarlyIsAnErrorAndNeverAPanic(t *testing.T) {
	for name, c := range map[string]struct {
		kind  byte
		meta  uint16
		bytes string
	}{
		"an int of two bytes":         {mysql.MYSQL_TYPE_LONG, 0, "\x01\x02"},
		"a text shorter than it says": {mysql.MYSQL_TYPE_VARCHAR, 200, "\x05abc"},
		"a long text without length":  {mysql.MYSQL_TYPE_VARCHAR, 300, "\x05"},
		"a blob shorter than it says": {mysql.MYSQL_TYPE_BLOB, 4, "\xff\xff\xff\xff"},
		"nothing":                     {mysql.MYSQL_TYPE_NEWDECIMAL, 20<<8 | 4, ""},
	} {
		t.Run(name, func(t *testing.T) {
			column := newStored(c.kind, c.meta)
			if _, _, err := column.bounds([]byte(c.bytes)); !errors.Is(err, errShort) {
				t.Errorf("%x: %v, want errShort", c.bytes, err)
			}
		})
	}
	unknown := newStored(200, 0)
	if _, _, err := unknown.bounds([]byte("abc")); err == nil {
		t.Error("a type that is not known has a length")
	}
}
