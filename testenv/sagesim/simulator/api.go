package simulator

import (
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/wire"
)

// A call is one authorized request to the API.
type call struct {
	server   *Server
	company  *company
	books    *books.Business
	method   string
	resource string // "sales_invoices"
	id       string // what stands after the resource, if anything
	action   string // "release"
	query    url.Values
	body     []byte
	note     *Call
}

// A handler answers a call under the business's lock with a status and a body;
// a *books.Refusal or refusals says no.
type handler func(*call) (status int, body any, err error)

// A resource is what one collection answers to; nil is 405.
type resource struct {
	list, create                 handler // /contacts
	get, change, remove, release handler // /contacts/{id}
	queries                      []string
}

func (r resource) handler(c *call) handler {
	switch {
	case c.action == "release" && c.method == http.MethodPost:
		return r.release
	case c.action != "":
		return nil
	}
	if c.id == "" {
		return map[string]handler{http.MethodGet: r.list, http.MethodPost: r.create, http.MethodPut: r.change}[c.method]
	}
	return map[string]handler{http.MethodGet: r.get, http.MethodPut: r.change, http.MethodDelete: r.remove}[c.method]
}

// api answers one request under /v3.1.
func (s *Server) api(a *answer, r *http.Request, note *Call, f *Fault) {
	defer s.overlap(r, note)()
	a.stamp()
	if s.throttle(a, r, note) {
		return
	}
	body, err := bodyOf(r)
	if err != nil {
		a.refuse(err)
		return
	}
	end, err := s.begin(r, body)
	defer end()
	if err != nil {
		a.refuse(err)
		return
	}
	if s.o.Latency > 0 {
		time.Sleep(s.o.Latency)
	}
	if f.before(a) {
		return
	}
	c, err := s.admit(r, note)
	if err != nil {
		a.refuse(err)
		return
	}
	c.body = body
	if c.resource != "businesses" && c.resource != "user" {
		a.header.Set("X-Business", c.books.ID)
	}
	s.dispatch(a, c)
}

// overlap counts POSTs of one business that are under way at the same time.
func (s *Server) overlap(r *http.Request, note *Call) (done func()) {
	company := s.company(r)
	if company == nil || r.Method != http.MethodPost {
		return func() {}
	}
	note.Overlap = company.inFlight.Add(1) > 1
	return func() { company.inFlight.Add(-1) }
}

// company is the business that the request is for: the lead business unless
// X-Business names one.
func (s *Server) company(r *http.Request) *company {
	if id := r.Header.Get("X-Business"); id != "" {
		return s.byID[id]
	}
	return s.companies[0]
}

// admit checks who asks, for which business and for what.
func (s *Server) admit(r *http.Request, note *Call) (*call, error) {
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	scope, ok := s.oauth.Check(token)
	if !ok {
		return nil, &books.Refusal{Status: 401, Code: "Unauthorized", Message: "The access token is missing, invalid or has expired."}
	}
	company := s.company(r)
	if company == nil {
		return nil, books.Missing("X-Business")
	}
	note.Business = company.books.ID
	if scope == "readonly" && r.Method != http.MethodGet {
		return nil, &books.Refusal{Status: 403, Code: "MultiUserAccessDenied",
			Message: "The current user is not allowed to access that resource with that method."}
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if (r.Method == http.MethodPut || r.Method == http.MethodPost && r.ContentLength != 0) && kind != "application/json" {
		return nil, &books.Refusal{Status: 415, Code: "UnsupportedMediaType", Message: "The content type must be application/json."}
	}
	parts := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, "/v3.1/"), "/"), "/")
	c := &call{server: s, company: company, books: company.books, method: r.Method, resource: parts[0], query: r.URL.Query(), note: note}
	if len(parts) > 3 {
		return nil, books.Missing("")
	}
	c.id, c.action = append(parts, "", "")[1], append(parts, "", "")[2]
	return c, nil
}

// dispatch finds the handler of a call and lets it answer under the lock.
func (s *Server) dispatch(a *answer, c *call) {
	res, ok := resources[c.resource]
	if !ok {
		a.refuse(books.Missing(""))
		return
	}
	h := res.handler(c)
	if h == nil {
		a.refuse(&books.Refusal{Status: 405, Code: "MethodNotAllowed", Message: "The method is not allowed here."})
		return
	}
	if err := c.checkQuery(res.queries); err != nil {
		a.refuse(err)
		return
	}
	if err := c.checkEdition(); err != nil {
		a.refuse(err)
		return
	}
	if c.method == http.MethodGet && !s.o.ReadingSends {
		c.company.mu.RLock()
		defer c.company.mu.RUnlock()
		c.answer(a, h)
		return
	}
	c.company.mu.Lock()
	defer c.company.mu.Unlock()
	if c.method == http.MethodGet {
		c.answer(a, h)
		return
	}
	s.write(a, c, h)
}

// answer runs the handler and puts down what it says.
func (c *call) answer(a *answer, h handler) {
	status, body, err := h(c)
	if err != nil {
		a.refuse(err)
		return
	}
	a.json(status, body)
}

// checkQuery refuses parameters that the resource does not have.
func (c *call) checkQuery(known []string) error {
	if c.server.o.Lenient {
		return nil
	}
	for name := range c.query {
		if !contains(known, name) && !contains(everywhere, name) {
			c.note.Unknown++
			return &books.Refusal{Status: 422, Code: "Validation", Source: name,
				Message: name + " is not a known parameter here (the simulator is strict; --lenient ignores it)"}
		}
	}
	return nil
}

// everywhere are the parameters that every resource takes.
var everywhere = []string{"page", "items_per_page", "attributes", "nested_attributes"}

func contains(list []string, name string) bool {
	for _, known := range list {
		if known == name {
			return true
		}
	}
	return false
}

// read takes the checked inner object of the call's body into request, which
// may already hold what a PUT is to be laid over.
func (c *call) read(request any) error {
	read, wrong := wire.Read(c.resource, c.body, wire.Options{Partial: c.method == http.MethodPut, Lenient: c.server.o.Lenient})
	c.note.Unknown += read.Unknown
	if len(wrong) > 0 {
		return refusals(wrong)
	}
	if err := json.Unmarshal(read.Inner, request); err != nil {
		return &books.Refusal{Status: 400, Code: "InvalidRequest", Message: "The body names a field twice."}
	}
	return nil
}
