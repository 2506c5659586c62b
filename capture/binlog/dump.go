package binlog

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"net"
	"strconv"

	"github.com/go-mysql-org/go-mysql/client"
	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/google/uuid"
)

// A dump is a connection on which a server sends its log. The library connects and logs
// in; what follows the dump's command is read here, because the library's own stream copies
// and parses every event, and nearly all of a shop's are of tables that nobody wants.
type dump struct {
	packets
	server *client.Conn
	config *Config
}

// dial connects and makes the connection that of a replica.
func dial(ctx context.Context, c *Config) (*dump, error) {
	server, err := c.connect(ctx)
	if err != nil {
		return nil, err
	}
	d := &dump{packets: packets{conn: server.Conn.Conn}, server: server, config: c}
	if tcp, ok := server.Conn.Conn.(*net.TCPConn); ok {
		_ = tcp.SetReadBuffer(receiveBuffer)
	}
	if err := d.register(); err != nil {
		server.Close()
		return nil, err
	}
	return d, nil
}

// connect opens a connection and logs in.
func (c *Config) connect(ctx context.Context) (*client.Conn, error) {
	address := cmp.Or(c.Socket, c.Host)
	if port := c.port(); port != 0 {
		address = net.JoinHostPort(c.Host, strconv.Itoa(int(port)))
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	return client.ConnectWithDialer(ctx, "", address, c.User, c.Password.Reveal(), "",
		(&net.Dialer{Timeout: dialTimeout}).DialContext, func(conn *client.Conn) error {
			conn.SetTLSConfig(c.TLS)
			conn.SetAttributes(map[string]string{"_client_role": "binary_log_listener"})
			conn.ReadTimeout = readTimeout
			return nil
		})
}

// register tells the server what kind of replica this is: one that knows checksums and
// wants none, because the connection has its own, and, for MariaDB, one that knows GTIDs.
func (d *dump) register() error {
	id, err := uuid.NewUUID()
	if err != nil {
		return err
	}
	for _, statement := range []string{
		"SET NAMES utf8mb4",
		"SET @master_binlog_checksum='NONE', @source_binlog_checksum='NONE'",
		"SET @mariadb_slave_capability=4",
		fmt.Sprintf("SET @master_heartbeat_period=%d, @source_heartbeat_period=%d", heartbeat, heartbeat),
		fmt.Sprintf("SET @slave_uuid='%s', @replica_uuid='%s'", id, id),
	} {
		if _, err := d.server.Execute(statement); err != nil {
			return err
		}
	}
	b := binary.LittleEndian.AppendUint32([]byte{mysql.COM_REGISTER_SLAVE}, d.config.ServerID)
	b = appendShort(b, d.config.Name)
	b = appendShort(b, d.config.User)
	b = append(b, 0) // no password, which would be shown to whoever lists the replicas
	b = binary.LittleEndian.AppendUint16(b, d.config.port())
	b = append(b, make([]byte, 8)...) // rank, and the id of our source
	if err := d.command(b); err != nil {
		return err
	}
	_, err = d.server.ReadOKPacket()
	return err
}

// appendShort appends a text of at most 255 bytes behind its length.
func appendShort(b []byte, text string) []byte {
	text = text[:min(len(text), 255)]
	return append(append(b, byte(len(text))), text...)
}

// command sends a command: its number and what belongs to it.
func (d *dump) command(b []byte) error {
	d.server.ResetSequence()
	return d.server.WritePacket(append(make([]byte, packetHeader), b...))
}

// byGTID asks for the log behind a set of transactions.
func (d *dump) byGTID(executed mysql.GTIDSet) error {
	if _, ok := executed.(*mysql.MariadbGTIDSet); ok {
		for _, statement := range []string{fmt.Sprintf("SET @slave_connect_state='%s'", executed), "SET @slave_gtid_strict_mode=1"} {
			if _, err := d.server.Execute(statement); err != nil {
				return err
			}
		}
		return d.byPlace(mysql.Position{})
	}
	set := executed.Encode()
	b := binary.LittleEndian.AppendUint16([]byte{mysql.COM_BINLOG_DUMP_GTID}, 0)
	b = binary.LittleEndian.AppendUint32(b, d.config.ServerID)
	b = binary.LittleEndian.AppendUint32(b, 0) // no file
	b = binary.LittleEndian.AppendUint64(b, firstPosition)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(set)))
	return d.begin(append(b, set...))
}

// firstPosition is where the events of a file begin.
const firstPosition = 4

// byPlace asks for the log from a place on.
func (d *dump) byPlace(at mysql.Position) error {
	b := binary.LittleEndian.AppendUint32([]byte{mysql.COM_BINLOG_DUMP}, at.Pos)
	b = binary.LittleEndian.AppendUint16(b, 0)
	b = binary.LittleEndian.AppendUint32(b, d.config.ServerID)
	return d.begin(append(b, at.Name...))
}

// begin sends the command that the log follows.
func (d *dump) begin(command []byte) error {
	d.number = 1
	return d.command(command)
}

// refusal is the error that a packet of the server says.
func (d *dump) refusal(packet []byte) error { return d.server.HandleErrorPacket(packet) }

// close ends the connection; a read that waits returns.
func (d *dump) close() { d.server.Conn.Conn.Close() }

// leave ends the server's side too. By itself it would notice at its next heartbeat that
// nobody reads any more, and until then list us among its replicas, under a server id that
// another capture may be about to use.
func (d *dump) leave() {
	d.close()
	again, err := d.config.connect(context.Background())
	if err != nil {
		return
	}
	defer again.Close()
	_, _ = again.Execute(fmt.Sprintf("KILL %d", d.server.GetConnectionID()))
}
