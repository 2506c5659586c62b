package binlog

import (
	"bytes"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A wire is a connection that brings bytes in pieces of given sizes, in turn, and counts how
// often its deadline is set.
type wire struct {
	net.Conn
	rest      []byte
	pieces    []int
	reads     int
	deadlines int
}

func (w *wire) Read(b []byte) (int, error) {
	if len(w.rest) == 0 {
		return 0, os.ErrDeadlineExceeded
	}
	n := min(len(w.rest), len(b), w.pieces[w.reads%len(w.pieces)])
	w.reads++
	copy(b, w.rest[:n])
	w.rest = w.rest[n:]
	return n, nil
}

func (w *wire) SetReadDeadline(time.Time) error { w.deadlines++; return nil }

// framed puts payloads into packets that begin with a number.
func framed(number byte, payloads ...[]byte) (b []byte) {
	for _, payload := range payloads {
		for {
			n := min(len(payload), fullPacket)
			b = append(b, byte(n), byte(n>>8), byte(n>>16), number)
			b = append(b, payload[:n]...)
			payload, number = payload[n:], number+1
			if n < fullPacket {
				break
			}
		}
	}
	return b
}

func TestPacketsAreCutTheSameHoweverTheyArrive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var payloads [][]byte
		for _, n := range rapid.SliceOfN(rapid.OneOf(rapid.IntRange(0, 300), rapid.IntRange(0, 2*packetBuffer)), 1, 10).Draw(t, "sizes") {
			payloads = append(payloads, bytes.Repeat([]byte{byte(n)}, n))
		}
		number := rapid.Byte().Draw(t, "number")
		w := &wire{rest: framed(number, payloads...), pieces: rapid.SliceOfN(rapid.OneOf(rapid.IntRange(1, 9), rapid.IntRange(1, packetBuffer)), 1, 9).Draw(t, "pieces")}
		p := packets{conn: w, number: number}
		for i, want := range payloads {
			reads, waiting := w.reads, p.waiting()
			got, err := p.next()
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("packet %d has %d bytes, %v; want %d", i, len(got), err, len(want))
			}
			if waiting != (w.reads > reads) {
				t.Fatalf("packet %d was waited for: %v, and said to be: %v", i, w.reads > reads, waiting)
			}
		}
		if len(p.buffer) > 3*packetBuffer {
			t.Fatalf("the buffer has grown to %d bytes", len(p.buffer))
		}
	})
}

func TestAPayloadOfSeveralPacketsIsOne(t *testing.T) {
	for name, size := range map[string]int{"a byte below a packet": fullPacket - 1, "a whole packet": fullPacket, "two and a half": 2*fullPacket + 5} {
		t.Run(name, func(t *testing.T) {
			payload := bytes.Repeat([]byte("0123456789"), size/10+1)[:size]
			w := &wire{rest: framed(254, payload, []byte("next")), pieces: []int{1 << 30}}
			p := packets{conn: w, number: 254}
			if got, err := p.next(); err != nil || !bytes.Equal(got, payload) {
				t.Fatalf("%d bytes, %v; want %d", len(got), err, size)
			}
			if got, err := p.next(); err != nil || string(got) != "next" {
				t.Fatalf("then %q, %v", got, err)
			}
			w.rest = framed(p.number, make([]byte, packetBuffer-packetHeader))
			if _, err := p.next(); err != nil || len(p.buffer) != packetBuffer || p.long != nil {
				t.Errorf("%v; %d bytes of buffer are kept", err, len(p.buffer)+cap(p.long))
			}
		})
	}
}

func TestAPacketOutOfTurnIsAnError(t *testing.T) {
	p := packets{conn: &wire{rest: framed(7, []byte("x")), pieces: []int{99}}, number: 6}
	if _, err := p.next(); err == nil {
		t.Error("a packet was left out, and nobody noticed")
	}
}

func TestAConnectionThatEndsInAPacketIsAnError(t *testing.T) {
	whole := framed(0, []byte("hello"))
	for n := range whole {
		near, far := net.Pipe()
		go func() {
			far.Write(whole[:n])
			far.Close()
		}()
		if _, err := (&packets{conn: near}).next(); err != io.ErrUnexpectedEOF {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}

func TestADeadlineIsForManyPackets(t *testing.T) {
	payloads := make([][]byte, 1000)
	w := &wire{rest: framed(0, payloads...), pieces: []int{4}}
	p := packets{conn: w}
	for range payloads {
		if _, err := p.next(); err != nil {
			t.Fatal(err)
		}
	}
	if w.deadlines < 1 || w.deadlines > w.reads/10 {
		t.Errorf("it was set %d times for %d reads", w.deadlines, w.reads)
	}
	if _, err := p.next(); err != os.ErrDeadlineExceeded {
		t.Errorf("a server that says nothing gives %v", err)
	}
}

func TestADeadlineIsPutOffBeforeItPasses(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	p := packets{conn: near}
	p.deadline = time.Now().Add(readTimeout - 2*deadlineStep) // it was set two steps ago
	before := p.deadline
	go far.Write(framed(0, []byte("x")))
	if _, err := p.next(); err != nil || !p.deadline.After(before) {
		t.Errorf("%v; the deadline moved: %v", err, p.deadline.After(before))
	}
}
