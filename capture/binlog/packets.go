package binlog

import (
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

const (
	// packetBuffer is how much of the log one system call may bring. It holds a few dozen
	// events; a larger packet gets a larger buffer, until it has been read.
	packetBuffer = 256 << 10
	// packetHeader is a length of three bytes and a number.
	packetHeader = 4
	// fullPacket is the length of a packet whose payload goes on in the next one.
	fullPacket = 1<<24 - 1
	// deadlineStep is how often the connection's deadline is put off: a timer per packet
	// costs more than reading it.
	deadlineStep = time.Second
)

// packets cuts the packets of MySQL's protocol out of what a connection brings. They are
// slices of one buffer, so that the log passes without a copy or an allocation for each.
type packets struct {
	conn     net.Conn
	number   byte // of the next packet
	buffer   []byte
	from, to int // what was received and not taken is buffer[from:to]
	long     []byte
	deadline time.Time
}

// waiting reports whether next would read from the connection.
func (p *packets) waiting() bool {
	have := p.to - p.from
	return have < packetHeader || have < packetHeader+p.length()
}

// length is that of the payload whose header stands at the front.
func (p *packets) length() int {
	h := p.buffer[p.from:]
	return int(h[0]) | int(h[1])<<8 | int(h[2])<<16
}

// next returns the payload of the next packet. It is overwritten by the call that follows.
func (p *packets) next() ([]byte, error) {
	payload, err := p.one()
	if err != nil || len(payload) < fullPacket {
		p.long = nil
		return payload, err
	}
	p.long = append(p.long[:0], payload...)
	for len(payload) == fullPacket {
		if payload, err = p.one(); err != nil {
			return nil, err
		}
		p.long = append(p.long, payload...)
	}
	return p.long, nil
}

func (p *packets) one() ([]byte, error) {
	if err := p.fill(packetHeader); err != nil {
		return nil, err
	}
	n := p.length()
	if got := p.buffer[p.from+3]; got != p.number {
		return nil, fmt.Errorf("packet %d came where %d was to come", got, p.number)
	}
	if err := p.fill(packetHeader + n); err != nil {
		return nil, err
	}
	p.number++
	payload := p.buffer[p.from+packetHeader : p.from+packetHeader+n]
	p.from += packetHeader + n
	return payload, nil
}

// fill reads until n bytes stand in the buffer.
func (p *packets) fill(n int) error {
	if p.to-p.from >= n {
		return nil
	}
	p.makeRoom(n)
	for p.to-p.from < n {
		if now := time.Now(); p.deadline.Sub(now) < readTimeout-deadlineStep {
			p.deadline = now.Add(readTimeout)
			if err := p.conn.SetReadDeadline(p.deadline); err != nil {
				return err
			}
		}
		got, err := p.conn.Read(p.buffer[p.to:])
		p.to += got
		if err != nil && p.to-p.from < n {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
	}
	return nil
}

// makeRoom moves what is left to the front of a buffer that takes n bytes. One that was
// made for a large packet is given up after it.
func (p *packets) makeRoom(n int) {
	left := p.buffer[p.from:p.to]
	if size := max(n, packetBuffer); len(p.buffer) != size && (len(p.buffer) < size || len(left) <= packetBuffer) {
		p.buffer = make([]byte, size)
	}
	p.from, p.to = 0, copy(p.buffer, left)
}
