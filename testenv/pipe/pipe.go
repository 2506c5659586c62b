// Package pipe drives the real mage2sage binary from outside, as an operator
// would: it writes a config file and a binding, and runs the commands.
//
//	p, err := pipe.New(options)      // files in a folder of its own
//	err = p.Setup(ctx)               // migrate, binding import, connect
//	run, err := p.Start("run")       // a process; Kill is kill -9, Stop is SIGTERM
//	docs, err := p.Documents(ctx)    // mage2sage documents -o json
//
// The demo and the end-to-end tests do nothing with the product but through
// these.
package pipe

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/mage2sage/mage2sage/testenv/ports"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
)

// Options say against which servers the pipe runs.
type Options struct {
	Dir      string // for config, state and logs; made when missing
	Binary   string // mage2sage
	Prefix   string // of topics; "" is mage2sage
	Server   string // of Magento's database, the DSN of a user who may create users
	Database string // Magento's
	Table    string // prefix of Magento's tables
	Kafka    string // host:port, "" for the embedded broker
	Postgres string // URL of a database of its own; "" leaves Postgres and Sage out: capture and transform run alone
	Sage     string // base URL of the simulator
	ServerID uint32 // of capture as a replica; 0 takes 7001
	// AlsoCapture is source.also_capture, such as "catalog, companies"; "" is nothing.
	AlsoCapture string
	// ProductAttributes is source.product_attributes, such as "color, size".
	ProductAttributes string
	// Registry is the URL of a schema registry; "" is none.
	Registry string
	// Environment is added to that of the commands: "NAME=value".
	Environment []string
	// Policy is the binding's, YAML mapping entries indented by two spaces; "" is
	// chart.Policy's.
	Policy string
}

// A Pipe is one installation of mage2sage.
type Pipe struct {
	Options
	Config  string // file
	Binding string // file
	Metrics string // address where the first of the stages that start serves its metrics
}

// Binding is the name of the binding that a Pipe imports.
const Binding = "shop-uk"

// New writes the files.
func New(o Options) (*Pipe, error) {
	if o.Prefix == "" {
		o.Prefix = "mage2sage"
	}
	if o.ServerID == 0 {
		o.ServerID = 7001
	}
	if o.Policy == "" {
		o.Policy = chart.Policy()
	}
	p := &Pipe{Options: o, Config: filepath.Join(o.Dir, "mage2sage.yaml"), Binding: filepath.Join(o.Dir, "binding.yaml")}
	if err := os.MkdirAll(o.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	config, err := p.config()
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(p.Config, []byte(config), 0o600); err != nil {
		return nil, fmt.Errorf("pipe: %w", err)
	}
	return p, p.WriteBinding(o.Policy)
}

// WriteBinding replaces the binding's file; import it to make it count.
func (p *Pipe) WriteBinding(policy string) error {
	text := fmt.Sprintf("binding: %s\nsource: shop\npolicy:\n%s", Binding, policy)
	if err := os.WriteFile(p.Binding, []byte(text), 0o600); err != nil {
		return fmt.Errorf("pipe: %w", err)
	}
	return nil
}

// config is the text of the config file.
func (p *Pipe) config() (string, error) {
	dsn, err := mysql.ParseDSN(p.Server)
	if err != nil {
		return "", fmt.Errorf("pipe: %w", err)
	}
	host, port, _ := strings.Cut(dsn.Addr, ":")
	brokers := "embedded"
	if p.Kafka != "" {
		brokers = "[" + p.Kafka + "]"
	}
	if p.Metrics, err = ports.FreeAddress(); err != nil {
		return "", err
	}
	books, err := p.books()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`prefix: %s
source:
  name: shop
  host: %s
  port: %s
  user: %s
  password: %s
  database: %s
  table_prefix: %q
  server_id: %d
  also_capture: [%s]
  product_attributes: [%s]
kafka: {brokers: %s, data_dir: %s, partitions: 6, session_timeout: 2s, schema_registry: {url: %q}}
transform: {state_dir: %s}
metrics: {listen: %s}
%s`, p.Prefix, host, port, User, Password, p.Database, p.Table, p.ServerID, p.AlsoCapture, p.ProductAttributes,
		brokers, filepath.Join(p.Dir, "kafka"), p.Registry, filepath.Join(p.Dir, "state"), p.Metrics, books), nil
}

// books is what the sink takes of the config file.
func (p *Pipe) books() (string, error) {
	if p.Postgres == "" {
		return "", nil
	}
	callback, err := ports.FreeAddress()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf(`postgres: {url: %q}
sage:
  api_url: %s/v3.1
  authorize_url: %s/oauth2/auth/central
  token_url: %s/token
  client_id: demo-client
  client_secret: demo-secret
  callback: %s
  request_timeout: 1s
  settle_window: 2s
  list_lag: 0s
  calls_per_second: 1000
  calls_per_second_per_business: 1000
  encryption_keys: [{id: k1, key: MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=}]
`, p.Postgres, p.Sage, p.Sage, p.Sage, callback), nil
}

// Command prepares a command of the binary with this config.
func (p *Pipe) Command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.Binary, append([]string{"--config", p.Config}, args...)...)
	cmd.Dir, cmd.Env = p.Dir, append(os.Environ(), p.Environment...)
	return cmd
}

// Run runs a command to its end and returns what it printed; an error holds what
// it said on standard error.
func (p *Pipe) Run(ctx context.Context, args ...string) (string, error) {
	cmd := p.Command(ctx, args...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return string(out), fmt.Errorf("mage2sage %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(said.String()))
	}
	return string(out), nil
}
