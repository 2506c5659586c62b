package embedded_test

import (
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

func TestASecondBrokerOnTheSameFolderIsRefused(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir, "")
	defer b.Close()
	second, err := embedded.Start(dir, "")
	if err == nil {
		second.Close()
		t.Fatal("two brokers write one folder")
	}
	if !strings.Contains(err.Error(), "kafka.data_dir") {
		t.Errorf("%v: want what to change", err)
	}
	if addr, err := embedded.Find(dir); err != nil || addr != b.Addr {
		t.Errorf("after the refusal the folder names %q, %v; want the first, %q", addr, err, b.Addr)
	}
}
