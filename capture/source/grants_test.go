package source

import (
	"os"
	"strings"
	"testing"
)

// TestTheDocumentGrantsWhatTheChecksAskFor holds deploy/grants.md against the hints.
func TestTheDocumentGrantsWhatTheChecksAskFor(t *testing.T) {
	text, err := os.ReadFile("../../deploy/grants.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dialects {
		if grant := "GRANT " + d.logRights() + " ON *.* TO 'mage2sage'@'%';"; !strings.Contains(string(text), grant) {
			t.Errorf("the document does not have %q", grant)
		}
	}
	for _, h := range []host{rds, aurora, cloudSQL} {
		for _, hint := range []string{h.beginLog(), h.keepLog()} {
			command, _, _ := strings.Cut(strings.TrimPrefix(hint, "type "), " <")
			if command, _, _ = strings.Cut(command, " --"); !strings.Contains(string(text), command) {
				t.Errorf("the document does not have %q", command)
			}
		}
	}
	for setting, value := range wantedSettings {
		if lines := strings.Fields(string(text)); !strings.Contains(strings.Join(lines, " "), setting+" = "+value) {
			t.Errorf("the document does not set %s to %s", setting, value)
		}
	}
}
