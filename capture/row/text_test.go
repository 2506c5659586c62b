package row

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestAStringIsEscapedAsJSONWants(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"plain text is as it is":            {"Ä€😀 </b>", `"Ä€😀 </b>"`},
		"quotes and backslashes":            {`a"b\c`, `"a\"b\\c"`},
		"line feeds, tabs and returns":      {"a\nb\tc\r", `"a\nb\tc\r"`},
		"other control characters":          {"\x00\x1f\b\x7f", `"\u0000\u001f\u0008` + "\x7f" + `"`},
		"bytes that are no UTF-8, each one": {"a\xff\xfeb\xe2\x82", "\"a\ufffd\ufffdb\ufffd\ufffd\""},
		"nothing":                           {"", `""`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(AppendString(nil, []byte(c.in))); got != c.want {
				t.Errorf("%q reads %s, want %s", c.in, got, c.want)
			}
		})
	}
}

// FuzzAppendString: any bytes give valid JSON that decodes to the same text, with
// U+FFFD for what is no UTF-8.
func FuzzAppendString(f *testing.F) {
	f.Add([]byte("a\"\\\x00\xffé"))
	f.Fuzz(func(t *testing.T, s []byte) {
		var got string
		if err := json.Unmarshal(AppendString(nil, s), &got); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		if want := strings.Join(strings.Split(string([]rune(string(s))), ""), ""); got != want {
			t.Errorf("%q reads %q, want %q", s, got, want)
		}
	})
}

func TestZerofillIsNotPartOfANumber(t *testing.T) {
	for name, c := range map[string]struct {
		kind       Kind
		text, want string
	}{
		"an integer":         {Integer, "0007", "7"},
		"a decimal":          {Decimal, "0001.50", `"1.50"`},
		"a decimal below 1":  {Decimal, "0.10", `"0.10"`},
		"a text that has it": {Text, "0007", `"0007"`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := string(AppendSelected(nil, c.kind, []byte(c.text))); got != c.want {
				t.Errorf("%s reads %s, want %s", c.text, got, c.want)
			}
		})
	}
}

// FuzzSelected writes any text of a result set as a value of any kind that has a text form.
func FuzzSelected(f *testing.F) {
	f.Add(int(Float), []byte("1e400"))
	f.Add(int(Double), []byte("-0.5"))
	f.Add(int(Text), []byte("a\xff\""))
	f.Add(int(Binary), []byte{0, 0xff})
	f.Add(int(Bits), []byte{1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Fuzz(func(t *testing.T, kind int, text []byte) {
		switch k := Kind(kind); k {
		case Bits, Float, Double, Text, Binary, Date, Time:
			if got := AppendSelected(nil, k, text); !json.Valid(got) {
				t.Errorf("%q of kind %d reads %s", text, k, got)
			}
		case Integer, Decimal, Timestamp, DateTime: // whose text the server makes of a number
			AppendSelected(nil, k, text)
		}
	})
}

// FuzzLabels reads any COLUMN_TYPE.
func FuzzLabels(f *testing.F) {
	f.Add("enum('new','it''s, old','')")
	f.Add("set('a'")
	f.Fuzz(func(_ *testing.T, columnType string) { Labels(columnType) })
}
