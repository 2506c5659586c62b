package process

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestALevelLetsThroughItselfAndWhatIsWorse(t *testing.T) {
	for level, want := range map[string]string{
		"debug": "debug info warn error", "info": "info warn error", "warn": "warn error", "error": "error",
		"unheard of": "info warn error",
	} {
		t.Run(level, func(t *testing.T) {
			var out bytes.Buffer
			log := Logger(&out, level, "json")
			log.Debug().Msg("")
			log.Info().Msg("")
			log.Warn().Msg("")
			log.Error().Msg("")
			var got []string
			for line := range strings.Lines(out.String()) {
				var l struct{ Level string }
				if err := json.Unmarshal([]byte(line), &l); err != nil {
					t.Fatalf("%q: %v", line, err)
				}
				got = append(got, l.Level)
			}
			if strings.Join(got, " ") != want {
				t.Errorf("it logs %v, want %s", got, want)
			}
		})
	}
}

func TestTheConsoleFormatIsForPeopleAndHasNoColours(t *testing.T) {
	var out bytes.Buffer
	log := Logger(&out, "info", "console")
	log.Info().Str("stage", "sink").Msg("started")
	line := out.String()
	if strings.HasPrefix(line, "{") || strings.Contains(line, "\x1b") || !strings.Contains(line, "started") || !strings.Contains(line, "stage=sink") || strings.Count(line, "\n") != 1 {
		t.Errorf("it logs %q", line)
	}
}
