package source

import (
	"bufio"
	"context"
	"errors"
	"net"
	"syscall"
)

// receiveBuffer is how much one system call may bring. The driver would read four kilobytes
// at a time, which are a few rows of a snapshot.
const receiveBuffer = 64 << 10

// A buffered connection reads more than it is asked for.
type buffered struct {
	net.Conn
	received *bufio.Reader
}

func (b *buffered) Read(p []byte) (int, error) { return b.received.Read(p) }

// SyscallConn is for the driver, which looks whether an idle connection was closed.
func (b *buffered) SyscallConn() (syscall.RawConn, error) {
	conn, ok := b.Conn.(syscall.Conn)
	if !ok {
		return nil, errors.New("the connection has no file descriptor")
	}
	return conn.SyscallConn()
}

func dialBuffered(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	return &buffered{conn, bufio.NewReaderSize(conn, receiveBuffer)}, nil
}
