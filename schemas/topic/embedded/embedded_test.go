package embedded_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
	"github.com/mage2sage/mage2sage/testenv/fixture"
)

func start(t *testing.T, dir, address string) *embedded.Broker {
	t.Helper()
	b, err := embedded.Start(dir, address)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAFolderThatIsTooLargeIsRefusedWithTheWayOut(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kafka")
	if err := os.MkdirAll(filepath.Join(dir, "log"), 0o700); err != nil {
		t.Fatal(err)
	}
	segment := filepath.Join(dir, "log", "segment")
	if err := os.WriteFile(segment, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(segment, embedded.MaxBytes+1); err != nil { // a sparse file: it takes no room
		t.Fatal(err)
	}
	b, err := embedded.Start(dir, "")
	if err == nil {
		b.Close()
		t.Fatal("it starts")
	}
	if !strings.Contains(err.Error(), "set kafka.brokers to a real Kafka") || !strings.Contains(err.Error(), "4096 MiB") {
		t.Errorf("%v, want the limit and what to do", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "address")); err == nil {
		t.Error("an address is written although nothing listens")
	}
}

func TestTheAddressFileIsThereWhileTheBrokerRuns(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "by", "start")
	b := start(t, dir, "")
	info, err := os.Stat(filepath.Join(dir, "address"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v; want one that only we may read", info, err)
	}
	if !strings.HasPrefix(b.Listens, "127.0.0.1:") {
		t.Errorf("it listens on %s, want this machine only", b.Listens)
	}
	if err := os.WriteFile(filepath.Join(dir, "address"), []byte(b.Addr+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if found, err := embedded.Find(dir); err != nil || found != b.Addr {
		t.Errorf("found %q, %v; want %q", found, err, b.Addr)
	}
	b.Close()
	if _, err := embedded.Find(dir); err == nil || !strings.Contains(err.Error(), "`mage2sage run`") || !strings.Contains(err.Error(), dir) {
		t.Errorf("after closing: %v, want what to start", err)
	}
}

func TestASecondStartOnOneFolderTakesTheRecordsAndANewAddress(t *testing.T) {
	dir, ctx := t.TempDir(), t.Context()
	for n := range 3 {
		b := start(t, dir, "")
		c := topic.Dial([]string{b.Addr})
		if err := c.Ensure(ctx, []topic.Spec{{Name: "x", Partitions: 1}}); err != nil {
			t.Fatal(err)
		}
		if base, err := c.Produce(ctx, "x", 0, []topic.Record{{Key: []byte("k"), Value: []byte("v")}}); err != nil || base != int64(n) {
			t.Errorf("start %d: the record has offset %d, %v", n, base, err)
		}
		if found, err := embedded.Find(dir); err != nil || found != b.Addr {
			t.Errorf("start %d: found %q, %v; want %q", n, found, err, b.Addr)
		}
		c.Close()
		b.Close()
	}
}

func TestAStaleAddressOfAKilledBrokerIsOverwritten(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "address"), []byte("127.0.0.1:1"), 0o600); err != nil {
		t.Fatal(err)
	}
	b := start(t, dir, "")
	defer b.Close()
	if found, err := embedded.Find(dir); err != nil || found != b.Addr {
		t.Errorf("found %q, %v; want %q", found, err, b.Addr)
	}
}

func TestABrokerListensWhereItIsToldToOnThisMachineOnly(t *testing.T) {
	first := start(t, t.TempDir(), "")
	address := first.Listens
	first.Close()
	b := start(t, t.TempDir(), address)
	if b.Listens != address {
		t.Errorf("it listens on %s, want %s", b.Listens, address)
	}
	b.Close()
	for name, address := range map[string]string{
		"every interface":   "0.0.0.0:9092",
		"another machine":   "kafka1:9092",
		"no port":           "127.0.0.1",
		"a port in letters": "127.0.0.1:kafka",
		"nothing before it": ":9092",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			b, err := embedded.Start(dir, address)
			if err == nil {
				b.Close()
				t.Fatalf("it listens on %s", b.Addr)
			}
			if _, err := os.Stat(filepath.Join(dir, "address")); err == nil {
				t.Error("an address is written although nothing listens")
			}
		})
	}
}

func TestAFolderThatCannotBeMadeIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := embedded.Start(filepath.Join(file, "data"), ""); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("%v, want an error that names the folder", err)
	}
}

func TestOnlyTheOwnerMayReadTheTopics(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "kafka")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	b := start(t, dir, "")
	defer b.Close()
	client := topic.Dial([]string{b.Addr})
	defer client.Close()
	if err := client.Ensure(t.Context(), []topic.Spec{{Name: "a", Partitions: 1}}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Produce(t.Context(), "a", 0, []topic.Record{{Key: []byte("k"), Value: []byte("v")}}); err != nil {
		t.Fatal(err)
	}
	fixture.OwnersAlone(t, dir)
}

// Any user of the machine reaches the port; the password is in the folder alone.
func TestNobodyIsAnsweredWhoDoesNotLogIn(t *testing.T) {
	dir := t.TempDir()
	b := start(t, dir, "")
	defer b.Close()
	owner := topic.Dial([]string{b.Addr})
	defer owner.Close()
	if err := owner.Ensure(t.Context(), []topic.Spec{{Name: "x", Partitions: 1}}); err != nil {
		t.Fatal(err)
	}
	for name, address := range map[string]string{
		"no login":         b.Listens,
		"another password": "mage2sage:guessed@" + b.Listens,
		"kfake's own":      "admin:admin@" + b.Listens,
	} {
		t.Run(name, func(t *testing.T) {
			c := topic.Dial([]string{address})
			defer c.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			if base, err := c.Produce(ctx, "x", 0, []topic.Record{{Key: []byte("k"), Value: []byte("forged")}}); err == nil {
				t.Errorf("a record was written at offset %d", base)
			}
			if _, err := c.Fetch(ctx, "x", 0, 0, time.Millisecond); err == nil {
				t.Error("the topic was read")
			}
		})
	}
	if _, err := owner.ReadAll(t.Context(), "x", 0, func(r topic.Record) error { t.Errorf("%s stands in the topic", r.Value); return nil }); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(dir, "secret"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the secret is %v, %v; want one that only we may read", info, err)
	}
}

func TestNoErrorNamesTheLogin(t *testing.T) {
	c := topic.Dial([]string{"mage2sage:hunter2@127.0.0.1:1"})
	defer c.Close()
	if err := c.Ping(t.Context()); err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("%v; want the address alone", err)
	}
}
