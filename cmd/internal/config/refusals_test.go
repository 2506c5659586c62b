package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/cmd/internal/config/strict"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

// complete is a file that every command accepts.
const complete = `
source: {host: db, user: m, password: p, database: magento}
postgres: {url: "postgres://u:p@db:5432/x"}
sage:
  client_id: id
  client_secret: hunter2
  encryption_keys: [{id: k1, key: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}]
`

// with is the complete file with one more line for a part.
func with(part, line string) string {
	if strings.Contains(complete, "\n"+part+": {") {
		return strings.Replace(complete, "\n"+part+": {", "\n"+part+": {"+line+", ", 1)
	}
	if strings.Contains(complete, "\n"+part+":\n") {
		return strings.Replace(complete, "\n"+part+":\n", "\n"+part+":\n  "+line+"\n", 1)
	}
	return complete + part + ": {" + line + "}\n"
}

func check(text string) error {
	c, err := Parse("f.yaml", []byte(text))
	if err != nil {
		return err
	}
	return c.Need(Source, Transform, Postgres, Sage)
}

func TestTheCompleteFileIsAccepted(t *testing.T) {
	if err := check(complete); err != nil {
		t.Fatal(err)
	}
}

func TestEveryRefusalNamesFileKeyAndWhatToWrite(t *testing.T) {
	for name, c := range map[string]struct{ text, key, fix string }{
		"an empty prefix":                  {complete + "prefix: \"\"\n", "prefix must not be empty", "such as mage2sage"},
		"a prefix with a space":            {complete + "prefix: \"a b\"\n", `prefix "a b"`, "use letters, digits"},
		"too many partitions":              {with("kafka", "partitions: 257"), "kafka.partitions 257", "write a number from 1 to 256"},
		"a negative count":                 {with("kafka", "partitions: -1"), "kafka.partitions -1", "write a number from 1 to 256"},
		"a session below the least":        {with("kafka", "session_timeout: 999ms"), "kafka.session_timeout 999ms", "write 1s or more"},
		"no folder for the broker":         {with("kafka", "data_dir: \"\""), "kafka.data_dir", "keeps its records there"},
		"an empty list of brokers":         {with("kafka", "brokers: []"), "kafka.brokers must not be empty", "write embedded, or a list"},
		"embedded among others":            {with("kafka", "brokers: [embedded, \"a:9092\"]"), `kafka.brokers: "embedded"`, "write host:port"},
		"brokers that are a mapping":       {with("kafka", "brokers: {a: 9092}"), "", "write embedded, or a list such as"},
		"a user without a password":        {with("kafka", "brokers: \"a:9092\", username: u"), "kafka.username and kafka.password", "write both"},
		"a password without a user":        {with("kafka", "brokers: \"a:9092\", password: hunter2"), "kafka.username and kafka.password", "write both"},
		"a login in an address":            {with("kafka", "brokers: [\"u:hunter2@a:9092\"]"), "kafka.brokers", "write it as kafka.username and kafka.password"},
		"a compression that there is not":  {with("kafka", "compression: brotli"), `kafka.compression "brotli"`, "write one of gzip, lz4, none, snappy, zstd"},
		"a mechanism that there is not":    {with("kafka", "mechanism: gssapi"), `kafka.mechanism "gssapi"`, "write scram-sha-512, scram-sha-256 or plain"},
		"plain without TLS":                {with("kafka", "brokers: \"a:9092\", username: u, password: hunter2, mechanism: plain"), "kafka.mechanism plain sends the password", "set kafka.tls to verify"},
		"another word for kafka.tls":       {with("kafka", "tls: yes"), `kafka.tls "yes"`, "write off, verify or skip-verify"},
		"authorities that nobody asks for": {with("kafka", "brokers: \"a:9092\", tls_ca: /nowhere/ca.pem"), "kafka.tls_ca is for kafka.tls: verify", "/nowhere/ca.pem"},
		"a login for the embedded one":     {with("kafka", "username: u, password: hunter2"), "kafka.username and kafka.tls are for a cluster", "set kafka.brokers"},
		"TLS for the embedded one":         {with("kafka", "tls: verify"), "kafka.username and kafka.tls are for a cluster", "leave them out"},
		"a format that there is not":       {with("log", "format: text"), `log.format "text"`, "write json or console"},
		"an empty level":                   {with("log", "level: \"\""), `log.level ""`, "write debug, info, warn or error"},
		"metrics without a port":           {with("metrics", "listen: \"127.0.0.1\""), `metrics.listen "127.0.0.1"`, "such as 127.0.0.1:8080"},
		"admin without a port":             {with("admin", "listen: here"), `admin.listen "here"`, "write host:port"},
		"a source in capitals":             {with("source", "name: SHOP"), `source.name "SHOP"`, "in lower case"},
		"a port that is none":              {with("source", "port: 70000"), "source.port 70000", "want 1 to 65535"},
		"a table prefix with a dot":        {with("source", "table_prefix: a.b"), `source.table_prefix "a.b"`, "letters, digits and _"},
		"tls with a value of its own":      {with("source", "tls: maybe"), `source.tls "maybe"`, "off, verify or skip-verify"},
		"chunks that are too small":        {with("source", "chunk_rows: 1"), "source.chunk_rows 1", "want 100 to 100000"},
		"a server id of no server":         {with("source", "server_id: 0"), "source.server_id is 0", "choose a number"},
		"no folder for the state":          {with("transform", "state_dir: \"\""), "transform.state_dir", "such as var/state"},
		"no address of Postgres":           {strings.Replace(complete, "postgres://u:p@db:5432/x", "", 1), "postgres.url is empty", "postgres://user:password@"},
		"an address of Sage without one":   {with("sage", "api_url: sage"), `sage.api_url is "sage"`, "https://"},
		"no client":                        {strings.Replace(complete, "client_id: id", "client_id: \"\"", 1), "sage.client_id", "developer.sage.com"},
		"a period that is too short":       {with("retention", "audit: 30d"), "retention.audit is 30d", "31d or more"},
		"a period in months":               {with("retention", "audit: 72mo"), "retention.audit", "write one such as 90d"},
		"no time for a call":               {with("sage", "request_timeout: 0s"), "sage.request_timeout", "such as 60s"},
		"no calls":                         {with("sage", "calls_per_second: 0"), "sage.calls_per_second", "such as 10"},
		"a key that is too short":          {strings.Replace(complete, "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", "c2hvcnQ=", 1), "encryption_keys", ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := check(c.text)
			var mistake *strict.Error
			if !errors.As(err, &mistake) || mistake.File != "f.yaml" {
				t.Fatalf("%v, want an error that names the file", err)
			}
			if !strings.Contains(err.Error(), c.key) || !strings.Contains(err.Error(), c.fix) {
				t.Errorf("%v\nwant %q and %q", err, c.key, c.fix)
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%v, want one line without the secret", err)
			}
		})
	}
}

func TestAllMistakesAreReportedAtOnce(t *testing.T) {
	err := check("prefix: a b\nlog: {level: loud}\nkafka: {partitions: 0}\nadmin: {listen: x}\n")
	for _, want := range []string{"prefix", "log.level", "kafka.partitions", "admin.listen"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v says nothing of %s", err, want)
		}
	}
	if err != nil && strings.Contains(err.Error(), "\n") {
		t.Errorf("%q, want one line", err)
	}
}

func TestACommandNeedsOnlyItsOwnParts(t *testing.T) {
	c, err := Parse("f.yaml", []byte("prefix: x\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range map[string]struct {
		parts []Part
		want  string
	}{
		"none":      {nil, ""},
		"transform": {[]Part{Transform}, ""},
		"source":    {[]Part{Source}, "source.host"},
		"postgres":  {[]Part{Transform, Postgres}, "postgres.url"},
		"sage":      {[]Part{Sage}, "sage.client_id"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.Need(n.parts...)
			if n.want == "" && err != nil || n.want != "" && (err == nil || !strings.Contains(err.Error(), n.want)) {
				t.Errorf("%v, want %q", err, n.want)
			}
		})
	}
}

func TestAFileIsReadByItsName(t *testing.T) {
	file := filepath.Join(t.TempDir(), "m.yaml")
	var mistake *strict.Error
	if _, err := Load(file); !errors.As(err, &mistake) || !strings.Contains(err.Error(), "deploy/mage2sage.example.yaml") || !strings.Contains(err.Error(), "--config") {
		t.Errorf("a missing file gives %v, want what to write and how to name it", err)
	}
	if err := os.WriteFile(file, []byte("prefix: mine\nlog: {level: loud}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file); err == nil || !strings.HasPrefix(err.Error(), file+": log.level") {
		t.Errorf("%v, want the file's name first", err)
	}
	if err := os.WriteFile(file, []byte("prefix: mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := Load(file); err != nil || c.Names().Offsets() != "mine.offsets" {
		t.Errorf("the offsets topic is %s, %v", c.Names().Offsets(), err)
	}
}

func TestOnlyTheWordEmbeddedAloneIsTheEmbeddedBroker(t *testing.T) {
	for name, c := range map[string]struct {
		brokers Brokers
		want    bool
	}{
		"the word":  {Brokers{"embedded"}, true},
		"a broker":  {Brokers{"embedded:9092"}, false},
		"two":       {Brokers{"embedded", "a:9092"}, false},
		"no broker": {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := (Kafka{Brokers: c.brokers}).IsEmbedded(); got != c.want {
				t.Errorf("it is %v, want %v", got, c.want)
			}
		})
	}
}

func TestACommandFindsTheEmbeddedBrokerOfAnotherProcess(t *testing.T) {
	k := Kafka{Brokers: Brokers{Embedded}, DataDir: t.TempDir()}
	if _, err := k.Dial(); err == nil || !strings.Contains(err.Error(), "`mage2sage run`") {
		t.Errorf("without one: %v, want what to start", err)
	}
	b, err := embedded.Start(k.DataDir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	c, err := k.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	far, err := (Kafka{Brokers: Brokers{"127.0.0.1:1"}}).Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	if err := far.Ping(t.Context()); err == nil || !strings.Contains(err.Error(), "kafka.brokers") {
		t.Errorf("a broker that is away: %v, want what to correct", err)
	}
}
