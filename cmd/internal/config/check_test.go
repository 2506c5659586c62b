package config

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCheckSaysAllMistakesAtOnceWithLineAndKey has one of each kind in a file.
func TestCheckSaysAllMistakesAtOnceWithLineAndKey(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f.yaml")
	text := `prefix: a b
source:
  host: db
  port: abc
  pasword: x
  password: ${NO_SUCH_VARIABLE}
  database: magento
  chunk_rows: 5
  server_id: 99999999999
kafka:
  partitions: 0
  brokers: [one, "two:9092", three]
  session_timeout: 10
sage:
  client_id: id
  client_secret: ${file:/nowhere/secret}
  encryption_keys:
    - id: k1
      key: hunter2
log: {level: loud, format: xml}
`
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	want := []struct {
		line int
		key  string
		says string
	}{
		{0, "postgres.url", "postgres.url is empty"},
		{0, "", "others may read it: chmod 600"},
		{1, "prefix", `prefix "a b"`},
		{2, "source.user", "source.user is empty"},
		{4, "source.port", "the value of source.port does not fit: write a whole number"},
		{5, "source.pasword", `unknown key "pasword", did you mean "password"?`},
		{6, "source.password", "source.password: ${NO_SUCH_VARIABLE}: the environment variable is not set"},
		{8, "source.chunk_rows", "source.chunk_rows 5: want 100 to 100000"},
		{9, "source.server_id", "the value of source.server_id does not fit: write a whole number from 0 to 4294967295"},
		{11, "kafka.partitions", "kafka.partitions 0"},
		{12, "kafka.brokers", `"one": write host:port`},
		{12, "kafka.brokers", `"three": write host:port`},
		{13, "kafka.session_timeout", "the value of kafka.session_timeout does not fit: write a duration, such as 10s"},
		{16, "sage.client_secret", "${file:/nowhere/secret}: the file cannot be read"},
		{17, "sage.encryption_keys", "32 bytes"},
		{20, "log.level", `log.level "loud"`},
		{20, "log.format", `log.format "xml"`},
	}
	got := Check(file, Source, Transform, Postgres, Sage)
	for i, w := range want {
		if i >= len(got) || got[i].Line != w.line || got[i].Key != w.key || !strings.Contains(got[i].Text, w.says) {
			t.Fatalf("mistake %d of %d is not line %d, %s, %s:\n%v", i+1, len(want), w.line, w.key, w.says, got)
		}
	}
	if len(got) != len(want) || strings.Contains(got.Error(), "hunter2") {
		t.Errorf("it says\n%v\nwant %d mistakes and no secret", got, len(want))
	}
	if err := os.Chmod(file, 0o600); err != nil {
		t.Fatal(err)
	}
	if tight := Check(file, Source, Transform, Postgres, Sage); len(tight) != len(want)-1 {
		t.Errorf("a file of its owner alone has\n%v", tight)
	}
}

func TestAuthoritiesThatCannotBeReadAreAMistakeOfTheirLine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f.yaml")
	for ca, says := range map[string]string{"/nowhere/ca.pem": "no such file", file: "has no certificate in PEM"} {
		t.Run(says, func(t *testing.T) {
			text := complete + "kafka:\n  brokers: a:9092\n  tls: verify\n  tls_ca: " + ca + "\n"
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			got := Check(file, Source, Transform, Postgres, Sage)
			if len(got) != 1 || got[0].Key != "kafka.tls_ca" || got[0].Line != strings.Count(text, "\n") || !strings.Contains(got[0].Text, says) {
				t.Errorf("it says\n%v\nwant %q of the last line", got, says)
			}
		})
	}
}

// TestWhatCannotBeReadIsSaidOnce has keys that are judged together with one that cannot be
// read.
func TestWhatCannotBeReadIsSaidOnce(t *testing.T) {
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	for name, c := range map[string]struct{ text, key string }{
		"a password beside its user":        {with("kafka", `brokers: ["a:9092"], username: u, password: "${file:/nowhere/x}"`), "kafka.password"},
		"a user beside its password":        {with("kafka", `brokers: ["a:9092"], username: "${NO_SUCH_VARIABLE}", password: p`), "kafka.username"},
		"TLS beside a mechanism":            {with("kafka", `brokers: ["a:9092"], username: u, password: p, mechanism: plain, tls: "${NO_SUCH_VARIABLE}"`), "kafka.tls"},
		"TLS beside its authorities":        {with("source", "tls_ca: "+authorityFile(t, server)+`, tls: "${NO_SUCH_VARIABLE}"`), "source.tls"},
		"brokers beside a number of copies": {with("kafka", `brokers: "${NO_SUCH_VARIABLE}", replication_factor: 3`), "kafka.brokers"},
		"the shop's password":               {strings.Replace(complete, "password: p,", `password: "${file:/nowhere/x}",`, 1), "source.password"},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "f.yaml")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := Check(file, Source, Transform, Postgres, Sage); len(got) != 1 || got[0].Key != c.key {
				t.Errorf("it says\n%v\nwant %s alone", got, c.key)
			}
		})
	}
}

func TestCheckHasNothingToSayOfAFileThatIsWell(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f.yaml")
	if err := os.WriteFile(file, []byte(complete), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := Check(file, Source, Transform, Postgres, Sage); got != nil {
		t.Errorf("it says\n%v", got)
	}
	if got := Check(file + "x"); len(got) != 1 || !strings.Contains(got.Error(), "--config") {
		t.Errorf("of a file that is not there it says\n%v", got)
	}
}

// TestOtherCommandsNameTheCheckWhenThereIsMoreThanOneMistake holds their one line.
func TestOtherCommandsNameTheCheckWhenThereIsMoreThanOneMistake(t *testing.T) {
	for text, want := range map[string]string{
		"prefix: [a]\nlog: {level: [b]}\nkafak: {}\n": "f.yaml:1: the value of prefix does not fit: write a text; and 2 more; see all with their lines: mage2sage --config f.yaml config check",
		"prefix: [a]\n":                   "f.yaml:1: the value of prefix does not fit: write a text",
		"log: {level: a, format: json}\n": `f.yaml: log.level "a": write debug, info, warn or error`,
		"log: {level: a, format: b}\n":    `f.yaml: log.level "a": write debug, info, warn or error; log.format "b": write json or console; see all with their lines: mage2sage --config f.yaml config check`,
	} {
		t.Run(text, func(t *testing.T) {
			if _, err := Parse("f.yaml", []byte(text)); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}
