// Package ports finds ports for servers that tests start.
package ports

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// Servers get ports below those that Linux (32768 and up) and macOS (49152 and up) give
// to outgoing connections. So nobody's connection takes the port of a server that is
// stopped and started again.
const (
	lowest  = 20000
	highest = 32767
)

var (
	mu    sync.Mutex
	given = map[int]bool{}
)

// Free returns a port of 127.0.0.1 that nobody listens on now. It gives no port twice in
// a process, because a server takes its port some time after it was told which.
func Free() (int, error) {
	mu.Lock()
	defer mu.Unlock()
	for range highest - lowest {
		port := lowest + rand.N(highest-lowest+1)
		if given[port] {
			continue
		}
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			continue
		}
		given[port] = true
		return port, listener.Close()
	}
	return 0, errors.New("find a free port: somebody listens on all that were tried; stop servers that nobody needs")
}

// FreeAddress is Free as HOST:PORT.
func FreeAddress() (string, error) {
	port, err := Free()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("127.0.0.1:%d", port), nil
}
