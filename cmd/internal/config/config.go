// Package config reads the one file that configures a process.
//
//	Load, Parse   the file over the defaults; unknown keys are refused (strict)
//	Need          what a command uses of it must be complete; the rest may be absent
//	Check         everything that is wrong with it
//
// An error names the file, the key and what to write, all mistakes of a part at once.
// The parts of the stages are types of the stages, which validate them.
//
// It does not know the business mapping: bindings and their policies are versioned data
// in Postgres, imported with `mage2sage binding import`.
package config

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/capture"
	"github.com/mage2sage/mage2sage/cmd/internal/config/strict"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/transform"
)

// Config is the content of the file.
type Config struct {
	// Prefix begins the name of every topic and consumer group.
	Prefix    string           `yaml:"prefix"`
	Source    capture.Config   `yaml:"source"`
	Kafka     Kafka            `yaml:"kafka"`
	Postgres  postgres.Config  `yaml:"postgres"`
	Transform transform.Config `yaml:"transform"`
	Sage      sage.Config      `yaml:"sage"`
	// Retention is how long Postgres keeps what is not needed any more.
	Retention work.Retention `yaml:"retention"`
	// Admin is reserved for the web UI: nothing listens there in this version.
	Admin Listen `yaml:"admin"`
	// Metrics is where /metrics, /livez and /readyz are served; nowhere when empty.
	Metrics Listen `yaml:"metrics"`
	Log     Log    `yaml:"log"`

	file string
}

// Listen is an address to listen on, host:port.
type Listen struct {
	Listen string `yaml:"listen"`
}

// Log says how much is logged, to standard error.
type Log struct {
	// Level is debug, info, warn or error.
	Level string `yaml:"level"`
	// Format is json, or console for people.
	Format string `yaml:"format"`
}

// Default returns the meaning of an empty file.
func Default() Config {
	return Config{
		Prefix:    "mage2sage",
		Source:    capture.Config{Name: "shop"}.WithDefaults(),
		Kafka:     Kafka{Brokers: Brokers{Embedded}, DataDir: "var/kafka", Partitions: 6, Compression: topic.LZ4, SessionTimeout: 10 * time.Second, Mechanism: topic.ScramSHA512, TLS: tlsOff, SchemaRegistry: SchemaRegistry{TLS: tlsVerify}},
		Transform: transform.Config{StateDir: "var/state"},
		Sage:      sage.DefaultConfig(),
		Retention: work.DefaultRetention(),
		Admin:     Listen{"127.0.0.1:8080"},
		Metrics:   Listen{"127.0.0.1:9090"},
		Log:       Log{Level: "info", Format: "json"},
	}
}

// Load reads and parses a file.
func Load(file string) (Config, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Config{}, missing(file, err)
	}
	return Parse(file, data)
}

func missing(file string, err error) *strict.Error {
	text := fmt.Sprintf("the file cannot be read (%v): write it (deploy/mage2sage.example.yaml is an annotated example) or name it with --config", Cause(err))
	return &strict.Error{File: file, Text: text}
}

// Cause is an error of a file without the file's name, where that is said already.
func Cause(err error) error {
	var of *os.PathError
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}

// Parse reads the text of a file. It checks the parts that every command uses; the
// others are checked by Need.
func Parse(file string, data []byte) (Config, error) {
	c := Default()
	c.file = file
	if err := strict.Decode(file, data, &c); err != nil {
		return Config{}, c.one(err)
	}
	return c, c.check(c.common()...)
}

// common checks what every command uses.
func (c Config) common() []error {
	return []error{c.validPrefix(), c.Kafka.Validate(), c.Log.Validate(), c.Metrics.validate("metrics"), c.Admin.validate("admin")}
}

// A Part is a part of the file that only some commands need.
type Part int

// Parts.
const (
	Source Part = iota
	Transform
	Postgres
	Sage
)

// Need validates the parts that a command uses. The others may be absent.
func (c Config) Need(parts ...Part) error { return c.check(c.parts(parts...)...) }

func (c Config) parts(parts ...Part) (all []error) {
	for _, p := range parts {
		switch p {
		case Source:
			all = append(all, c.Source.Validate())
		case Transform:
			all = append(all, c.Transform.Validate())
		case Postgres:
			all = append(all, c.Postgres.Validate(), c.Retention.Validate())
		case Sage:
			all = append(all, c.Sage.Validate())
		}
	}
	return all
}

// Names returns the names of the topics under the prefix.
func (c Config) Names() topic.Names { return topic.Names{Prefix: c.Prefix} }

// check joins what is wrong into one error of one line that names the file.
func (c Config) check(errs ...error) error {
	err := errors.Join(errs...)
	if err == nil {
		return nil
	}
	text := strings.ReplaceAll(err.Error(), "\n", "; ")
	if strings.Contains(err.Error(), "\n") {
		text += c.seeCheck()
	}
	return &strict.Error{File: c.file, Text: text}
}

// one is the first of the mistakes, with a word of the others.
func (c Config) one(err error) error {
	var all strict.Mistakes
	if !errors.As(err, &all) || len(all) < 2 {
		return err
	}
	first := *all[0]
	first.Text += fmt.Sprintf("; and %d more", len(all)-1) + c.seeCheck()
	return &first
}

func (c Config) seeCheck() string {
	return fmt.Sprintf("; see all with their lines: mage2sage --config %s config check", c.file)
}

func (c Config) validPrefix() error {
	if c.Prefix == "" {
		return errors.New("prefix must not be empty: it begins the names of the topics, such as mage2sage")
	}
	for _, r := range c.Prefix {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.') {
			return fmt.Errorf("prefix %q: use letters, digits, '.', '-' and '_' only, as Kafka's topic names do", c.Prefix)
		}
	}
	return nil
}

// Validate says what is wrong with level and format and what to write instead.
func (l Log) Validate() error {
	var level, format error
	switch l.Level {
	case "debug", "info", "warn", "error":
	default:
		level = fmt.Errorf("log.level %q: write debug, info, warn or error", l.Level)
	}
	if l.Format != "json" && l.Format != "console" {
		format = fmt.Errorf("log.format %q: write json or console", l.Format)
	}
	return errors.Join(level, format)
}

func (l Listen) validate(part string) error {
	if l.Listen == "" {
		return nil
	}
	if _, _, err := net.SplitHostPort(l.Listen); err != nil {
		return fmt.Errorf("%s.listen %q: write host:port, such as 127.0.0.1:8080", part, l.Listen)
	}
	return nil
}
