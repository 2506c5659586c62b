package ports

import (
	"net"
	"testing"
)

// TestNoPortIsGivenTwice: servers that start side by side take their ports late, and two
// listeners of one server were once given the same.
func TestNoPortIsGivenTwice(t *testing.T) {
	seen := map[int]bool{}
	for range 5000 {
		port, err := Free()
		if err != nil {
			t.Fatal(err)
		}
		if seen[port] {
			t.Fatalf("port %d was given twice", port)
		}
		if port < lowest || port > highest {
			t.Fatalf("port %d is one that outgoing connections are given", port)
		}
		seen[port] = true
	}
}

func TestAPortThatIsTakenIsNotGiven(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:20000")
	if err == nil {
		defer listener.Close()
	}
	given = map[int]bool{}
	for port := lowest + 1; port <= highest; port++ {
		given[port] = port != lowest+1
	}
	t.Cleanup(func() { clear(given) })
	for range 3 {
		if port, err := Free(); err == nil && port == lowest {
			t.Fatal("a port that somebody listens on was given")
		}
	}
}
