package canonical

import (
	"bytes"
	"testing"
)

func TestAValueIsReadInBothForms(t *testing.T) {
	text := []byte(`{"schema":"mage2sage/stock/1","sku":"24-MB01"}`)
	framed := Framed(0x01020304, text)
	if want := append([]byte{0, 1, 2, 3, 4}, text...); !bytes.Equal(framed, want) {
		t.Errorf("framed is %q, want %q", framed, want)
	}
	for name, value := range map[string][]byte{"as it is": text, "framed": framed} {
		if got := Text(value); !bytes.Equal(got, text) {
			t.Errorf("%s: the text is %q", name, got)
		}
		e, err := Decode(KindStock, value)
		if err != nil || e.ID() != "stock:24-MB01" {
			t.Errorf("%s: %v, %v", name, e, err)
		}
	}
}

func TestWhatIsNoFrameIsNoText(t *testing.T) {
	for _, value := range []string{"", "\x00", "\x00\x00\x00\x00", "\x00\x00\x00\x00\x01", "\x01\x00\x00\x00\x01{}"} {
		if e, err := Decode(KindStock, []byte(value)); err == nil {
			t.Errorf("%q decodes as %v", value, e)
		}
	}
}
