package strict

import (
	"regexp"
	"testing"
	"time"
)

type bounds struct {
	Small  int8               `yaml:"small"`
	Port   uint16             `yaml:"port"`
	ID     uint32             `yaml:"id"`
	Number int32              `yaml:"number"`
	Big    int                `yaml:"big"`
	Count  uint               `yaml:"count"`
	Share  float64            `yaml:"share"`
	Wait   time.Duration      `yaml:"wait"`
	On     bool               `yaml:"on"`
	Ports  []uint16           `yaml:"ports"`
	Waits  map[string]float32 `yaml:"waits"`
	Maybe  *int32             `yaml:"maybe"`
}

// librarys finds what people who do not write Go cannot understand.
var librarys = regexp.MustCompile(`unmarshal|Go |overflow|time:|int\d|float\d|interface|\[\d+:\d+\]`)

// TestAValueThatIsTooLargeOrNoDurationIsSaidInOurWords walks what the library and the
// standard library have words of their own for.
func TestAValueThatIsTooLargeOrNoDurationIsSaidInOurWords(t *testing.T) {
	for in, want := range map[string]string{
		"number: 99999999999":             "the value of number does not fit: write a whole number from -2147483648 to 2147483647, such as 10",
		"port: 70000":                     "the value of port does not fit: write a whole number from 0 to 65535, such as 10",
		"port: -1":                        "the value of port does not fit: write a whole number from 0 to 65535, such as 10",
		"small: 128":                      "the value of small does not fit: write a whole number from -128 to 127, such as 10",
		"id: 4294967296":                  "the value of id does not fit: write a whole number from 0 to 4294967295, such as 10",
		"big: 99999999999999999999999":    "the value of big does not fit: write a whole number, such as 10",
		"count: -1":                       "the value of count does not fit: write a whole number, 0 or more, such as 10",
		"share: 1e999":                    "the value of share does not fit: write a number, such as 2.5",
		"wait: 10":                        "the value of wait does not fit: write a duration, such as 10s, 5m or 2h30m",
		"wait: 10 sec":                    "the value of wait does not fit: write a duration, such as 10s, 5m or 2h30m",
		"wait: 1d":                        "the value of wait does not fit: write a duration, such as 10s, 5m or 2h30m",
		"wait: 99999999h":                 "the value of wait does not fit: write a duration, such as 10s, 5m or 2h30m",
		"on: yes":                         "the value of on does not fit: write true or false",
		"ports: {a: 1}":                   "the value of ports does not fit: write a list, such as [a, b]",
		"ports: [1, 70000]":               "the value of ports[1] does not fit: write a whole number from 0 to 65535, such as 10",
		"waits: {a: 1, b: x}":             "the value of waits.b does not fit: write a number, such as 2.5",
		"maybe: 99999999999":              "the value of maybe does not fit: write a whole number from -2147483648 to 2147483647, such as 10",
		"number: &n 99999999999\nid: 1.5": "the value of number does not fit: write a whole number from -2147483648 to 2147483647, such as 10\nf.yaml:2: the value of id does not fit: write a whole number from 0 to 4294967295, such as 10",
		"just a text":                     "the whole file does not fit: write its keys below it: big, count, id, maybe, number, on, port, ports, share, small, wait, waits",
	} {
		t.Run(in, func(t *testing.T) {
			err := Decode("f.yaml", []byte(in+"\n"), &bounds{})
			if err == nil || err.Error() != "f.yaml:1: "+want {
				t.Fatalf("got  %v\nwant f.yaml:1: %s", err, want)
			}
			if word := librarys.FindString(err.Error()); word != "" {
				t.Errorf("%v: %q is a word of the library's", err, word)
			}
		})
	}
}

// TestAFractionIsNotCutToAWholeNumber guards counts and ports: the library drops decimals.
func TestAFractionIsNotCutToAWholeNumber(t *testing.T) {
	got := bounds{Port: 7}
	if err := Decode("f.yaml", []byte("port: 1.5\nports: [2.0]\nnumber: 1e3\n"), &got); err == nil || got.Port != 7 || err.Error() !=
		"f.yaml:1: the value of port does not fit: write a whole number from 0 to 65535, such as 10" {
		t.Errorf("read %+v, %v", got, err)
	}
}

func TestAValueBehindAnAliasIsReadBesideAMistake(t *testing.T) {
	var got bounds
	err := Decode("f.yaml", []byte("number: &n 5\nmaybe: *n\nports: [*n]\nwait: x\n"), &got)
	if m, ok := err.(Mistakes); !ok || len(m) != 1 || m[0].Key != "wait" || got.Number != 5 || *got.Maybe != 5 || got.Ports[0] != 5 {
		t.Errorf("read %+v, %v", got, err)
	}
}

// TestANumberWhereATextBelongsIsReadAsItIsWritten guards passwords and ids: 007 is not 7.
func TestANumberWhereATextBelongsIsReadAsItIsWritten(t *testing.T) {
	for _, number := range []string{"007", "1.50", "1_000", "0x1F", "12e3", "-0", "9999999999999999999999", ".5"} {
		t.Run(number, func(t *testing.T) {
			var got struct {
				Text   string            `yaml:"text"`
				Itself keeper            `yaml:"itself"`
				List   []string          `yaml:"list"`
				Map    map[string]keeper `yaml:"map"`
			}
			in := "text: " + number + "\nitself: " + number + " # why\nlist: [" + number + "]\nmap: {a: " + number + "}\n"
			if err := Decode("f.yaml", []byte(in), &got); err != nil {
				t.Fatal(err)
			}
			if got.Text != number || string(got.Itself) != number || got.List[0] != number || string(got.Map["a"]) != number {
				t.Errorf("read %+v", got)
			}
		})
	}
}

func TestATypeThatReadsATextIsGivenAList(t *testing.T) {
	for in, want := range map[string]string{
		"weights: {}\npicky: [a]":   "f.yaml:2: the value of picky does not fit: write what the annotated example shows",
		"picky: {a: b}":             "f.yaml:1: the value of picky does not fit: write what the annotated example shows",
		"picky: a":                  "f.yaml:1: the value of picky does not fit: picky: cannot take a",
		"texts: {a: [b]}\non: true": "f.yaml:1: the value of texts.a does not fit: write a text",
	} {
		t.Run(in, func(t *testing.T) {
			if err := Decode("f.yaml", []byte(in), &typed{}); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}
