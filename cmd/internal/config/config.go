// Package config reads the one file that a process is configured by. It is strict:
// an unknown key is answered with file, line and the nearest key, and each stage
// says in the operator's words what its part lacks.
//
// Business mapping is not here: bindings and their policies are versioned data in
// Postgres (mage2sage binding import).
package config

import (
	"errors"
	"fmt"
	"net"
	"os"

	"github.com/mage2sage/mage2sage/capture"
	"github.com/mage2sage/mage2sage/schemas/strict"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/store"
	"github.com/mage2sage/mage2sage/transform"
)

// Config is the file.
type Config struct {
	// Prefix begins the name of every topic and consumer group.
	Prefix    string           `yaml:"prefix"`
	Source    capture.Config   `yaml:"source"`
	Kafka     Kafka            `yaml:"kafka"`
	Postgres  store.Config     `yaml:"postgres"`
	Transform transform.Config `yaml:"transform"`
	Sage      sage.Config      `yaml:"sage"`
	// Admin is where the web UI listens.
	Admin Listen `yaml:"admin"`
	// Metrics is where /metrics, /livez and /readyz are served; empty: nowhere.
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

// Default is what an empty file means.
func Default() Config {
	return Config{
		Prefix:    "mage2sage",
		Source:    capture.DefaultConfig(),
		Kafka:     Kafka{Brokers: Brokers{Embedded}, DataDir: "var/kafka", Partitions: 6},
		Transform: transform.Config{StateDir: "var/state"},
		Sage:      sage.DefaultConfig(),
		Admin:     Listen{"127.0.0.1:8080"},
		Log:       Log{Level: "info", Format: "json"},
	}
}

// Load reads a file.
func Load(file string) (Config, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return Config{}, fmt.Errorf("config: %w: write the file (deploy/mage2sage.example.yaml is an annotated example) or name it with --config", err)
	}
	return Parse(file, data)
}

// Parse reads the text of a file.
func Parse(file string, data []byte) (Config, error) {
	c := Default()
	c.file = file
	if err := strict.Decode(file, data, &c); err != nil {
		return Config{}, err
	}
	return c, errors.Join(c.check("prefix", c.validPrefix()), c.check("kafka", c.Kafka.Validate()), c.check("log", c.Log.Validate()),
		c.check("metrics", c.Metrics.validate()), c.check("admin", c.Admin.validate()))
}

// A Part of the file that a stage needs.
type Part int

// The parts.
const (
	Source Part = iota
	Transform
	Postgres
	Sage
)

// Need validates the parts that a command uses; the others may be absent.
func (c Config) Need(parts ...Part) error {
	var all []error
	for _, p := range parts {
		switch p {
		case Source:
			all = append(all, c.check("source", c.Source.Validate()))
		case Transform:
			all = append(all, c.check("transform", c.Transform.Validate()))
		case Postgres:
			all = append(all, c.check("postgres", c.Postgres.Validate()))
		case Sage:
			all = append(all, c.check("sage", c.Sage.Validate()))
		}
	}
	return errors.Join(all...)
}

// Names are those of the topics.
func (c Config) Names() topic.Names { return topic.Names{Prefix: c.Prefix} }

// check names file and part before what is wrong.
func (c Config) check(part string, err error) error {
	if err == nil {
		return nil
	}
	return &strict.Error{File: c.file, Text: part + ": " + err.Error()}
}

func (c Config) validPrefix() error {
	if c.Prefix == "" {
		return errors.New("must not be empty: it begins the names of the topics, such as mage2sage")
	}
	for _, r := range c.Prefix {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.') {
			return fmt.Errorf("%q: use letters, digits, '.', '-' and '_' only, as Kafka's topic names do", c.Prefix)
		}
	}
	return nil
}

// Validate checks level and format.
func (l Log) Validate() error {
	switch l.Level {
	case "debug", "info", "warn", "error":
	default:
		return fmt.Errorf("level %q: write debug, info, warn or error", l.Level)
	}
	if l.Format != "json" && l.Format != "console" {
		return fmt.Errorf("format %q: write json or console", l.Format)
	}
	return nil
}

func (l Listen) validate() error {
	if l.Listen == "" {
		return nil
	}
	if _, _, err := net.SplitHostPort(l.Listen); err != nil {
		return fmt.Errorf("listen %q: write host:port, such as 127.0.0.1:8080", l.Listen)
	}
	return nil
}
