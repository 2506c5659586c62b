package shop

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/go-sql-driver/mysql"
)

// Secret begins every text in a column that must never leave the shop: password
// hashes, reset tokens, card data, gateway data, keys in the configuration.
const Secret = "SECRET-"

// Options describe one shop. The zero value is a shop with net prices in the
// database magento, without a table prefix.
type Options struct {
	// Database is created by Install; empty is "magento".
	Database string
	// Prefix stands before every table's name.
	Prefix string
	// Seed decides prices, people and what Run does.
	Seed uint64
	// TaxInclusive shops enter prices and shipping with tax, and discount the
	// gross price.
	TaxInclusive bool
	// Fast leaves out carts, queues and cron; the transactions of the books
	// stay as they are. For large binlogs.
	Fast bool
	// Clock gives created_at and updated_at; nil is the time of day.
	Clock func() time.Time
}

// A Shop is one Magento database. Its methods may be called at the same time.
type Shop struct {
	options Options
	dsn     *mysql.Config
	db      *sql.DB
	catalog map[string]*Product

	mutex  sync.Mutex
	random *rand.Rand
}

// Open prepares connections to a server; it does not connect yet. The DSN is
// go-sql-driver's, of a user who may create the database; a database in it is
// ignored. Sessions are set up as Magento sets up its own: UTC and no SQL mode.
func Open(dsn string, options Options) (*Shop, error) {
	config, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("read DSN: %w", err)
	}
	if options.Database == "" {
		options.Database = "magento"
	}
	if options.Clock == nil {
		options.Clock = time.Now
	}
	config.DBName = options.Database
	config.InterpolateParams = true
	config.MultiStatements = false
	config.Params = map[string]string{"time_zone": "'+00:00'", "sql_mode": "''"}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, fmt.Errorf("read DSN: %w", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxIdleConns(8)
	s := &Shop{
		options: options, dsn: config, db: db,
		random: rand.New(rand.NewPCG(options.Seed, 0x6d616765)),
	}
	s.catalog = catalogue(options.Seed)
	return s, nil
}

// Close closes the connections.
func (s *Shop) Close() error { return s.db.Close() }

// DB is the pool that the shop works with, its database selected, for tests
// that write what no operation writes.
func (s *Shop) DB() *sql.DB { return s.db }

// now is the time as a TIMESTAMP column takes it, whole seconds in UTC.
func (s *Shop) now() string { return s.options.Clock().UTC().Format(time.DateTime) }

// intn draws from the shop's seed.
func (s *Shop) intn(n int) int {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.random.IntN(n)
}

// chance is true in percent of the draws.
func (s *Shop) chance(percent int) bool { return s.intn(100) < percent }

// secret is a text for a column that must not leave, new each time.
func (s *Shop) secret(what string) string {
	return fmt.Sprintf("%s%s-%08x", Secret, what, s.intn(1<<31))
}
