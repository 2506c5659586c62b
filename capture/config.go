package capture

import (
	"crypto/tls"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/authority"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/secret"
)

// Values of Config.TLS.
const (
	TLSOff        = "off"
	TLSVerify     = "verify"
	TLSSkipVerify = "skip-verify"
)

const (
	// DefaultChunkRows is how many rows of a table a snapshot reads in one read view.
	DefaultChunkRows = 10_000
	// DefaultSnapshotWorkers keeps a snapshot's reader, the server and the broker at work at
	// once, and is few beside the connections of a shop.
	DefaultSnapshotWorkers = 4
)

// Config is `source:` in the configuration file: one Magento shop's database.
type Config struct {
	// Name of the shop in topics, in Sage's audit and in bindings. It must not
	// change afterwards.
	Name string `yaml:"name"`
	// Host and Port of the MariaDB or MySQL server, the one that Magento writes to or a
	// replica of it with log_slave_updates (log_replica_updates).
	Host string `yaml:"host"`
	Port int    `yaml:"port"` // default 3306
	// Socket is the path of the server's Unix socket, in place of Host and Port.
	Socket string `yaml:"socket"`
	// User with SELECT on Database, and on *.* REPLICATION SLAVE with BINLOG MONITOR
	// (MariaDB) or REPLICATION CLIENT (MySQL).
	User     string        `yaml:"user"`
	Password secret.String `yaml:"password"`
	// Database is that of Magento (dbname in app/etc/env.php).
	Database string `yaml:"database"`
	// TablePrefix is Magento's (table_prefix in app/etc/env.php).
	TablePrefix string `yaml:"table_prefix"`
	// ServerID is a replica id of our own: no server and no other replica may
	// have it.
	ServerID uint32 `yaml:"server_id"` // default 7001
	// TLS is off, verify (the server's certificate must be valid for Host), or
	// skip-verify.
	TLS string `yaml:"tls"` // default off
	// TLSCA is a PEM file with the authorities that verify trusts instead of the
	// system's: those of a server that signs for itself, or of a cloud.
	TLSCA string `yaml:"tls_ca"`
	// AlsoCapture names parts of the shop that leave it beside documents and customers:
	// catalog (products and their stock), companies, estimates (negotiable quotes with
	// their carts, and no other carts), which two are of Adobe Commerce's B2B modules, and
	// comments (what people wrote on credit memos). The default is none.
	AlsoCapture []magento.Group `yaml:"also_capture"`
	// ProductAttributes are the codes of product attributes whose values may leave with the
	// catalog, beside magento.ProductAttributes.
	ProductAttributes []string `yaml:"product_attributes"`
	// CustomerAttributes are the codes of custom customer and address attributes
	// whose values may leave the shop. The default is none.
	CustomerAttributes []string `yaml:"customer_attributes"`
	// AcceptEmpty names tables, without the prefix, that are truly empty though they
	// once had rows. A snapshot that finds such a table empty waits until the table is
	// back or named here, because most often somebody is restoring it.
	AcceptEmpty []string `yaml:"accept_empty"`
	// ChunkRows is how many rows a snapshot reads at a time.
	ChunkRows int `yaml:"chunk_rows"` // default 10000
	// SnapshotWorkers is how many chunks a snapshot reads side by side, each over a
	// connection of its own.
	SnapshotWorkers int `yaml:"snapshot_workers"` // default 4
}

// WithDefaults fills in what is not set.
func (c Config) WithDefaults() Config {
	if c.Port == 0 {
		c.Port = 3306
	}
	if c.ServerID == 0 {
		c.ServerID = 7001
	}
	if c.TLS == "" {
		c.TLS = TLSOff
	}
	if c.ChunkRows == 0 {
		c.ChunkRows = DefaultChunkRows
	}
	if c.SnapshotWorkers == 0 {
		c.SnapshotWorkers = DefaultSnapshotWorkers
	}
	return c
}

var (
	sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)
	identifier = regexp.MustCompile(`^[A-Za-z0-9_$-]*$`)
)

// Validate says what an operator has to correct, every fault at once.
func (c Config) Validate() error {
	var faults []error
	demand := func(ok bool, format string, args ...any) {
		if !ok {
			faults = append(faults, fmt.Errorf(format, args...))
		}
	}
	demand(sourceName.MatchString(c.Name), "source.name %q: give the shop a short name in lower case, such as shop", c.Name)
	demand(c.Host != "" || c.Socket != "", "source.host is empty: name the server of Magento's database")
	demand(c.Port > 0 && c.Port < 1<<16, "source.port %d: want 1 to 65535", c.Port)
	demand(c.User != "", "source.user is empty: name a database user for mage2sage")
	demand(c.Database != "" && identifier.MatchString(c.Database), "source.database %q: give the name in Magento's app/etc/env.php (dbname)", c.Database)
	demand(identifier.MatchString(c.TablePrefix), "source.table_prefix %q: letters, digits and _ only", c.TablePrefix)
	demand(c.ServerID != 0, "source.server_id is 0: choose a number that no server and no replica has, such as 7001")
	demand(c.TLS == TLSOff || c.TLS == TLSVerify || c.TLS == TLSSkipVerify, "source.tls %q: want off, verify or skip-verify", c.TLS)
	demand(c.TLSCA == "" || c.TLS == TLSVerify, "source.tls_ca is for source.tls: verify")
	_, err := authority.Read(c.TLSCA)
	demand(err == nil, "source.tls_ca: %v", err)
	demand(c.ChunkRows >= 100 && c.ChunkRows <= 100_000, "source.chunk_rows %d: want 100 to 100000", c.ChunkRows)
	demand(c.SnapshotWorkers >= 1 && c.SnapshotWorkers <= 16, "source.snapshot_workers %d: want 1 to 16", c.SnapshotWorkers)
	for _, g := range c.AlsoCapture {
		demand(slices.Contains(magento.Groups(), g), "source.also_capture %q: want some of %q", g, magento.Groups())
	}
	for _, name := range c.AcceptEmpty {
		_, known := magento.ByName(name)
		demand(known, "source.accept_empty %q: name a table of Magento's that is captured, without its prefix", name)
	}
	return errors.Join(faults...)
}

func (c Config) tls() *tls.Config {
	switch c.TLS {
	case TLSVerify:
		trusted, _ := authority.Read(c.TLSCA) // Validate has said what is wrong with them
		return &tls.Config{ServerName: c.Host, MinVersion: tls.VersionTLS12, RootCAs: trusted}
	case TLSSkipVerify:
		return &tls.Config{ServerName: c.Host, MinVersion: tls.VersionTLS12, InsecureSkipVerify: true} //nolint:gosec // the operator asked for it
	}
	return nil
}

// source is the part of the configuration that package source needs; the prefix tells
// captures of several pipelines apart that read one server.
func (c Config) source(prefix string) source.Options {
	return source.Options{
		Replica: "mage2sage." + prefix,
		Host:    c.Host, Port: c.Port, Socket: c.Socket, User: c.User, Password: c.Password, TLS: c.tls(),
		Database: c.Database, TablePrefix: c.TablePrefix, ServerID: c.ServerID,
		Readers: c.SnapshotWorkers, Groups: c.AlsoCapture, Attributes: c.attributes(),
	}
}

// attributes are the codes of the EAV attributes that may leave, by the kind of their
// aggregate.
func (c Config) attributes() map[string][]string {
	return map[string][]string{
		change.AggregateCustomer: c.CustomerAttributes,
		change.AggregateProduct:  slices.Concat(magento.ProductAttributes, c.ProductAttributes),
	}
}
