package transform

import (
	"strings"
	"testing"
)

func TestConfigNamesWhatIsMissing(t *testing.T) {
	if err := (Config{}).Validate(); err == nil || !strings.Contains(err.Error(), "transform.state_dir") {
		t.Errorf("without a folder: %v, want an error that names transform.state_dir", err)
	}
	if err := (Config{StateDir: "var/state"}).Validate(); err != nil {
		t.Errorf("with a folder: %v", err)
	}
}
