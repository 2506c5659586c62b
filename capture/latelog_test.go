package capture

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// A lateLog stands between capture and the shop's server, and has the log come late, and
// nothing else: then a read view is ahead of what was read of the log.
type lateLog struct {
	server string
	delay  atomic.Int64 // in nanoseconds
}

// lateLog has a shop's configuration lead through one.
func (s *magentoShop) lateLog() *lateLog {
	s.t.Helper()
	l := &lateLog{server: net.JoinHostPort(s.config.Host, strconv.Itoa(s.config.Port))}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { listener.Close() })
	host, port, _ := strings.Cut(listener.Addr().String(), ":")
	s.config.Host = host
	if s.config.Port, err = strconv.Atoi(port); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		for {
			client, err := listener.Accept()
			if err != nil {
				return
			}
			go l.pass(client)
		}
	}()
	return l
}

// The commands of MySQL's protocol that ask for a log.
const (
	commandBinlogDump     = 0x12
	commandBinlogDumpGTID = 0x1e
)

// pass copies what one connection brings, both ways, until either side ends it.
func (l *lateLog) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", l.server)
	if err != nil {
		return
	}
	defer server.Close()
	var asked atomic.Bool // for the log
	go func() {
		defer server.Close()
		buffer := make([]byte, 64<<10)
		for {
			n, err := client.Read(buffer)
			// A command is the first packet of an exchange: behind its length of three bytes is a 0.
			if n > 4 && buffer[3] == 0 && (buffer[4] == commandBinlogDump || buffer[4] == commandBinlogDumpGTID) {
				asked.Store(true)
			}
			if _, failed := server.Write(buffer[:n]); failed != nil || err != nil {
				return
			}
		}
	}()
	type piece struct {
		bytes []byte
		due   time.Time
	}
	pieces := make(chan piece, 10_000)
	go func() {
		defer close(pieces)
		for {
			buffer := make([]byte, 32<<10)
			n, err := server.Read(buffer)
			due := time.Now()
			if asked.Load() {
				due = due.Add(time.Duration(l.delay.Load()))
			}
			pieces <- piece{buffer[:n], due}
			if err != nil {
				return
			}
		}
	}()
	failed := error(nil)
	for p := range pieces { // to the end, so that nobody waits
		<-time.After(time.Until(p.due))
		if failed == nil {
			_, failed = client.Write(p.bytes)
		}
		if failed != nil {
			server.Close()
		}
	}
}

// holdCommits returns what has some of the commits wait, while it is true, for a replica that
// there is not: behind the log and before anybody sees them, as the semi-synchronous
// replication of a shop may do it.
func (s *magentoShop) holdCommits(ctx context.Context) *atomic.Bool {
	s.t.Helper()
	word := onMySQL(s.t, "rpl_semi_sync_source_", "rpl_semi_sync_master_")
	if word == "rpl_semi_sync_source_" {
		s.exec("INSTALL PLUGIN rpl_semi_sync_source SONAME 'semisync_source.so'")
	}
	s.exec("SET GLOBAL " + word + "wait_point=AFTER_SYNC")
	held := &atomic.Bool{}
	go func() {
		for n := 0; ctx.Err() == nil; n++ {
			hold := 20
			if n%10 == 0 { // as long as it takes to read many chunks
				hold = 400
			}
			// After one wait in vain the server waits no more, until this is switched on again.
			_, _ = s.db.ExecContext(ctx, fmt.Sprintf("SET GLOBAL %[1]stimeout=%[2]d; SET GLOBAL %[1]senabled=0; SET GLOBAL %[1]senabled=%[3]t", word, hold, held.Load()))
			<-time.After(time.Duration(hold+30) * time.Millisecond)
		}
	}()
	return held
}
