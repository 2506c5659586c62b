package capture

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
)

// open prepares connections that speak UTC and utf8mb4 and get every value as text.
func (c Config) open() (*sql.DB, error) {
	m := mysql.NewConfig()
	m.User, m.Passwd = c.User, c.Password.Reveal()
	m.Net, m.Addr = "tcp", c.address()
	m.TLS = c.tls()
	m.Collation = "utf8mb4_general_ci"
	m.Params = map[string]string{"time_zone": "'+00:00'"}
	m.InterpolateParams = true
	m.Timeout, m.ReadTimeout, m.WriteTimeout = 5*time.Second, 5*time.Minute, time.Minute
	m.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(m)
	if err != nil {
		return nil, fmt.Errorf("prepare connection: %w", err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(8)
	db.SetConnMaxIdleTime(time.Minute)
	return db, nil
}

func (c Config) address() string { return net.JoinHostPort(c.Host, strconv.Itoa(c.Port)) }

// A server is what is known of the one that answered.
type server struct {
	version  string
	serverID uint32
	user     string // CURRENT_USER(): 'name'@'host'
}

// identify connects and asks who answers. It refuses what is not supported yet.
func identify(ctx context.Context, db *sql.DB, c Config) (server, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var s server
	err := db.QueryRowContext(ctx, "SELECT VERSION(), @@global.server_id, CURRENT_USER()").Scan(&s.version, &s.serverID, &s.user)
	if err != nil {
		return s, connectError(c, err)
	}
	name, host, _ := strings.Cut(s.user, "@")
	s.user = "'" + name + "'@'" + host + "'"
	if !supported(s.version) {
		return s, &SetupError{Problem: "the server is " + s.version, Hint: "MariaDB 10.6 and later is supported; MySQL and older MariaDB are not supported yet"}
	}
	return s, nil
}

// connectError puts a refused connection into the operator's words.
func connectError(c Config, err error) error {
	var refusal *mysql.MySQLError
	switch {
	case !errors.As(err, &refusal):
		return &SetupError{"no MariaDB answers at " + c.address(), "start it, or correct source.host, source.port and source.tls", err}
	case refusal.Number == 1045 || refusal.Number == 1698:
		return &SetupError{"the server refuses the user " + c.User, "correct source.user and source.password, or type CREATE USER on the server", err}
	}
	return &SetupError{"the server does not let us ask", "look at its own word", err}
}

// supported tells whether capture reads that server's log: MariaDB's from 10.6 on.
func supported(version string) bool {
	return strings.Contains(version, "MariaDB") && atLeast(version, 10, 6)
}

// atLeast reads "10.11.18-MariaDB…".
func atLeast(version string, major, minor int) bool {
	var have [2]int
	for i, part := range strings.SplitN(version, ".", 3)[:min(2, strings.Count(version, ".")+1)] {
		have[i], _ = strconv.Atoi(part)
	}
	return have[0] > major || have[0] == major && have[1] >= minor
}

// mysqlNumber is the server's error number, 0 for another kind of error.
func mysqlNumber(err error) uint16 {
	var refusal *mysql.MySQLError
	if errors.As(err, &refusal) {
		return refusal.Number
	}
	return 0
}
