package source

import (
	"crypto/tls"
	"errors"

	"github.com/go-sql-driver/mysql"
)

// The server's error numbers that mean something to us:
// https://mariadb.com/kb/en/mariadb-error-code-reference/
const (
	tooManyConnections     = 1040 // ER_CON_COUNT_ERROR
	databaseAccessDenied   = 1044 // ER_DBACCESS_DENIED_ERROR
	accessDenied           = 1045 // ER_ACCESS_DENIED_ERROR
	noSuchDatabase         = 1049 // ER_BAD_DB_ERROR
	unknownColumn          = 1054 // ER_BAD_FIELD_ERROR
	syntaxError            = 1064 // ER_PARSE_ERROR
	hostBlocked            = 1129 // ER_HOST_IS_BLOCKED
	hostNotAllowed         = 1130 // ER_HOST_NOT_PRIVILEGED
	tableAccessDenied      = 1142 // ER_TABLEACCESS_DENIED_ERROR
	columnAccessDenied     = 1143 // ER_COLUMNACCESS_DENIED_ERROR
	noSuchTable            = 1146 // ER_NO_SUCH_TABLE
	lockWaitTimeout        = 1205 // ER_LOCK_WAIT_TIMEOUT
	lockDeadlock           = 1213 // ER_LOCK_DEADLOCK
	lockNowait             = 3572 // ER_LOCK_NOWAIT, MySQL's alone
	tooManyOfUser          = 1203 // ER_TOO_MANY_USER_CONNECTIONS
	limitReached           = 1226 // ER_USER_LIMIT_REACHED
	specificAccessDenied   = 1227 // ER_SPECIFIC_ACCESS_DENIED_ERROR
	accessDeniedNoPassword = 1698 // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
	mustChangePassword     = 1820 // ER_MUST_CHANGE_PASSWORD
	passwordExpired        = 1862 // ER_MUST_CHANGE_PASSWORD_LOGIN
	accountLocked          = 4151 // ER_ACCOUNT_HAS_BEEN_LOCKED
	accountLockedMySQL     = 3118 // ER_ACCOUNT_HAS_BEEN_LOCKED of MySQL
	needsTLS               = 3159 // ER_SECURE_TRANSPORT_REQUIRED
)

// errorNumber is the server's error number, 0 for another kind of error.
func errorNumber(err error) uint16 {
	var refusal *mysql.MySQLError
	if errors.As(err, &refusal) {
		return refusal.Number
	}
	return 0
}

// connectError puts a refused connection into the operator's words. The server's own
// word, which names the user and the host that it saw, comes with it.
func connectError(o Options, err error) error {
	user := "the server refuses the user " + o.User
	var untrusted *tls.CertificateVerificationError
	if errors.As(err, &untrusted) {
		return &SetupError{"the certificate of " + o.Address() + " is not trusted", "set source.tls_ca to its authority's file, source.host to a name that it has, or source.tls to skip-verify", err}
	}
	if errors.Is(err, mysql.ErrNoTLS) {
		return &SetupError{"the server speaks no TLS", "put ssl_cert and ssl_key under [mysqld] in its my.cnf and restart it, or set source.tls to off", err}
	}
	switch errorNumber(err) {
	case needsTLS:
		return &SetupError{"the server lets nobody in without TLS", "set source.tls to verify", err}
	case 0:
		return &SetupError{"no MariaDB or MySQL answers at " + o.Address(), "start it, or correct source.host, source.port and source.tls", err}
	case accessDenied:
		return &SetupError{user, "correct source.user and source.password; or, where there is no such user, type CREATE USER '" + o.User +
			"'@'%' IDENTIFIED BY '<the password>'; and where the server wants TLS, set source.tls", err}
	case accessDeniedNoPassword:
		return &SetupError{user + ", who has no password there", "type ALTER USER with IDENTIFIED BY '<the password>' and set source.password to it, for a user of unix_socket logs in on the server only", err}
	case hostNotAllowed:
		return &SetupError{"the server lets no user log in from this machine", "type CREATE USER '" + o.User + "'@'<the host that it names>' IDENTIFIED BY '<the password>'", err}
	case hostBlocked:
		return &SetupError{"the server has blocked this machine after connections that broke off", "type FLUSH HOSTS;", err}
	case mustChangePassword, passwordExpired:
		return &SetupError{user + ", whose password has expired", "type ALTER USER with a new IDENTIFIED BY and PASSWORD EXPIRE NEVER, and set source.password", err}
	case accountLocked, accountLockedMySQL:
		return &SetupError{user + ", who is locked", "type ALTER USER with ACCOUNT UNLOCK", err}
	case tooManyConnections, tooManyOfUser, limitReached:
		return &SetupError{"the server has too many connections", "raise max_connections, or the user's limits with ALTER USER … WITH MAX_USER_CONNECTIONS: capture takes up to ten", err}
	}
	return &SetupError{"the server does not let us ask", "look at its own word", err}
}
