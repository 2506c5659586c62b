package strict

import (
	"strings"
	"testing"
	"time"
)

type dated struct {
	Since time.Time  `yaml:"since"`
	Until *time.Time `yaml:"until"`
}

func TestATimeIsReadAsYAMLWritesIt(t *testing.T) {
	for in, want := range map[string]time.Time{
		"2026-01-31T12:00:00Z":       time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
		"2026-01-31T13:00:00+01:00":  time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
		"\"2026-01-31T12:00:00.5Z\"": time.Date(2026, 1, 31, 12, 0, 0, 5e8, time.UTC),
		"2026-01-31 12:00:00":        time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC),
		"2026-01-31":                 time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC),
	} {
		t.Run(in, func(t *testing.T) {
			var got dated
			if err := Decode("f.yaml", []byte("since: "+in+"\nuntil: "+in+"\n"), &got); err != nil || !got.Since.Equal(want) || !got.Until.Equal(want) {
				t.Errorf("read %s and %v, %v; want %s", got.Since, got.Until, err, want)
			}
		})
	}
}

func TestATimeThatIsAbsentStaysAbsent(t *testing.T) {
	for _, in := range []string{"# nothing\n", "until: null\n", "until:\n"} {
		t.Run(in, func(t *testing.T) {
			var got dated
			if err := Decode("f.yaml", []byte(in), &got); err != nil || got.Until != nil {
				t.Errorf("read %v, %v", got.Until, err)
			}
		})
	}
}

// TestTextThatIsNoTimeIsRefused guards sync_since: the year 1 instead of a mistyped
// day would post the whole history of a shop.
func TestTextThatIsNoTimeIsRefused(t *testing.T) {
	for _, in := range []string{"soon", "2026-13-01", "2026-01-01T00:00Z", "01/02/2026"} {
		t.Run(in, func(t *testing.T) {
			for _, key := range []string{"since", "until"} {
				err := Decode("f.yaml", []byte(key+": "+in+"\n"), &dated{})
				if err == nil || !strings.Contains(err.Error(), "is not a time: write one such as 2026-01-01T00:00:00Z") {
					t.Errorf("%s: got %v", key, err)
				}
			}
		})
	}
	t.Setenv("SECRET", "hunter2")
	err := Decode("f.yaml", []byte("since: ${SECRET}\n"), &dated{})
	if err == nil || !strings.HasPrefix(err.Error(), "f.yaml:1: the value of since, ${SECRET}, does not fit") {
		t.Errorf("got %v", err)
	}
}
