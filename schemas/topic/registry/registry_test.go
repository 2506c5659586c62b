package registry

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/mage2sage/mage2sage/schemas/topic"
)

var invoices = SubjectOf("m.canonical.invoice", []byte(`{"type":"object"}`))

// dialed is a client of a registry, and the subjects that it was asked to register.
func dialed(t *testing.T, c Config) (*Client, *srfake.Registry, *[]string) {
	t.Helper()
	server, asked := srfake.New(), &[]string{}
	t.Cleanup(server.Close)
	server.Intercept(func(_ http.ResponseWriter, r *http.Request) bool {
		*asked = append(*asked, r.Method+" "+r.URL.Path)
		return false
	})
	c.URL = server.URL()
	return dial(t, c), server, asked
}

func dial(t *testing.T, c Config) *Client {
	t.Helper()
	client, err := Dial(c)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func TestASchemaIsRegisteredOnceUnderTheNameOfItsTopic(t *testing.T) {
	c, server, asked := dialed(t, Config{})
	first, err := c.Register(t.Context(), invoices)
	if err != nil || first == 0 {
		t.Fatalf("id %d, %v", first, err)
	}
	again, err := c.Register(t.Context(), invoices)
	if again != first || err != nil {
		t.Errorf("the second time the id is %d, want %d (%v)", again, first, err)
	}
	kept, ok := server.GetSchema("m.canonical.invoice-value", 1)
	if !ok || kept.ID != int(first) || kept.Type != sr.TypeJSON || kept.Schema.Schema != string(invoices.Schema) {
		t.Errorf("the registry has %+v", kept)
	}
	if all := strings.Join(*asked, "\n"); strings.Count(all, "/versions") != 1 {
		t.Errorf("it was asked to register more than once:\n%s", all)
	}
}

func TestAnotherSchemaOfASubjectIsAnotherVersion(t *testing.T) {
	c, server, _ := dialed(t, Config{})
	first, err := c.Register(t.Context(), invoices)
	if err != nil {
		t.Fatal(err)
	}
	second, err := c.Register(t.Context(), Subject{invoices.Name, []byte(`{"type":"object","title":"x"}`)})
	if err != nil || second == first {
		t.Errorf("the ids are %d and %d, %v", first, second, err)
	}
	if _, ok := server.GetSchema(invoices.Name, 2); !ok {
		t.Error("there is no second version")
	}
}

func TestWhatToTypeNamesTheSubjectAtItsAddress(t *testing.T) {
	server := httptest.NewServer(answering(409, 409, "/versions"))
	defer server.Close()
	_, err := dial(t, Config{URL: server.URL + "/"}).Register(t.Context(), invoices)
	if err == nil || !strings.HasSuffix(err.Error(), " "+server.URL+"/config/m.canonical.invoice-value") {
		t.Errorf("it says %v", err)
	}
}

// answering is a registry that gives one answer to the request that a test is about.
func answering(status, code int, to string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.Contains(r.URL.Path, to):
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"error_code":%d,"message":"you are alice with hunter2"}`, code)
		default:
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"error_code":40403,"message":"no such schema"}`)
		}
	})
}

func TestWhatARegistryAnswersIsSaidWithWhatToDo(t *testing.T) {
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>welcome</html>") })
	for name, c := range map[string]struct {
		answers       http.Handler
		problem, hint string
	}{
		"another login":          {answering(401, 40101, "/subjects"), "refuses the login", "kafka.schema_registry.username"},
		"a user without rights":  {answering(403, 40301, "/versions"), "does not let our user register the schema of m.canonical.invoice-value", "mage2sage topics --schema"},
		"incompatible":           {answering(409, 409, "/versions"), "incompatible with the one before", `compatibility to FORWARD: curl`},
		"an old registry":        {answering(422, 42201, "/versions"), "does not take the schema of m.canonical.invoice-value (error 42201)", "2020-12"},
		"its store is away":      {answering(500, 50001, "/versions"), "answers with status 500", "look at its log"},
		"a path that is not its": {http.NotFoundHandler(), "does not answer as a schema registry", "/apis/ccompat/v7"},
		"a page":                 {page, "does not answer as a schema registry", "kafka.schema_registry.url"},
		"an answer without id":   {answering(200, 0, "/subjects"), "does not answer as a schema registry", "kafka.schema_registry.url"},
		"another method":         {answering(405, 0, "/subjects"), "does not answer as a schema registry", "kafka.schema_registry.url"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(c.answers)
			defer server.Close()
			_, err := dial(t, Config{URL: server.URL, Username: "alice", Password: "hunter2"}).Register(t.Context(), invoices)
			saysWhatToDo(t, err, c.problem, c.hint)
		})
	}
}

func TestAWayThatDoesNotLeadToTheRegistryIsSaid(t *testing.T) {
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	encrypted := httptest.NewTLSServer(http.NotFoundHandler())
	defer encrypted.Close()
	for name, c := range map[string]struct{ url, problem, hint string }{
		"nobody":                         {"http://127.0.0.1:1", "does not answer", "start it"},
		"a certificate of its own":       {encrypted.URL, "certificate that is not trusted", "kafka.schema_registry.tls_ca"},
		"no TLS where it is asked for":   {strings.Replace(plain.URL, "http", "https", 1), "speaks no TLS", "http://"},
		"TLS where it is not spoken for": {strings.Replace(encrypted.URL, "https", "http", 1), "schema registry", "kafka.schema_registry.url"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dial(t, Config{URL: c.url, Username: "alice", Password: "hunter2"}).Register(t.Context(), invoices)
			saysWhatToDo(t, err, c.problem, c.hint)
		})
	}
}

func TestACertificateIsTrustedAsTheConfigSays(t *testing.T) {
	server := httptest.NewTLSServer(srfake.NewRegistry().Handler())
	defer server.Close()
	c := dial(t, Config{URL: server.URL, TLS: &tls.Config{InsecureSkipVerify: true}}) //nolint:gosec // what the test is about
	if id, err := c.Register(t.Context(), invoices); err != nil || id == 0 {
		t.Errorf("id %d, %v", id, err)
	}
}

// saysWhatToDo wants a problem and a hint in the words of an operator, and no secret in them.
func saysWhatToDo(t *testing.T, err error, problem, hint string) {
	t.Helper()
	var refused *topic.BrokerError
	if !errors.As(err, &refused) || !strings.HasPrefix(refused.Problem, "schema registry: ") {
		t.Fatalf("it is %v", err)
	}
	if !strings.Contains(refused.Problem, problem) || !strings.Contains(refused.Hint, hint) {
		t.Errorf("it says %q and %q, want %q and %q", refused.Problem, refused.Hint, problem, hint)
	}
	if said := err.Error(); strings.Contains(said, "hunter2") || strings.Contains(said, "alice") {
		t.Errorf("it tells the login: %s", said)
	}
}

func TestTheLoginReachesTheRegistry(t *testing.T) {
	var user, password string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ = r.BasicAuth()
		fmt.Fprint(w, `{"id":7}`)
	}))
	defer server.Close()
	id, err := dial(t, Config{URL: server.URL, Username: "alice", Password: "hunter2"}).Register(t.Context(), invoices)
	if id != 7 || err != nil || user != "alice" || password != "hunter2" {
		t.Errorf("id %d for %q with %q, %v", id, user, password, err)
	}
}
