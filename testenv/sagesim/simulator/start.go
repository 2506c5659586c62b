package simulator

import (
	"net"
	"net/http"

	"github.com/mage2sage/mage2sage/testenv/sagesim/oauth"
)

// A Test is the part of testing.TB that Start needs; so the binary does not
// carry the testing package.
type Test interface {
	Helper()
	Fatal(args ...any)
	Cleanup(func())
}

func serve(t Test, s *Server) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: s}
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.Serve(listener) // returns when the test closes it
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
		s.Close()
	})
	return "http://" + listener.Addr().String()
}

// Close closes the journal, if there is one.
func (s *Server) Close() error { return s.journal.close() }

// Grant gives tokens with full access, without the dance through a browser.
func (s *Server) Grant() oauth.Tokens { return s.oauth.Grant("full_access") }

// Expire ends all access tokens now.
func (s *Server) Expire() { s.oauth.Expire() }
