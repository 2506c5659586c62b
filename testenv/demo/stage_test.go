package main

import (
	"os"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

func TestItSaysHowAClientReachesTheBrokerAndNotThePassword(t *testing.T) {
	dir := t.TempDir()
	b, err := embedded.Start(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if want, said := b.Listens+", SASL_PLAINTEXT, SCRAM-SHA-256, user mage2sage, password in "+dir+"/secret", broker(dir); said != want {
		t.Errorf("it says %q, want %q", said, want)
	}
	secret, err := os.ReadFile(dir + "/secret")
	if err != nil || strings.Contains(broker(dir), string(secret)) {
		t.Errorf("it tells the password, %v", err)
	}
}
