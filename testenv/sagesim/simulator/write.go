package simulator

import (
	"encoding/json"
	"net/http"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
	"github.com/mage2sage/mage2sage/testenv/sagesim/wire"
)

// write answers a changing call once per idempotency id. The caller holds the
// business's lock, so a second request with the same id waits for the first.
// Only accepted answers are remembered, unless RememberRefusals says otherwise: after a
// refusal the id is free.
func (s *Server) write(a *answer, c *call, h handler) {
	key := c.idempotency()
	if key != "" && s.replay(a, c, key) {
		return
	}
	c.answer(a, h)
	if a.status >= http.StatusMultipleChoices {
		if a.status == http.StatusUnprocessableEntity && s.o.RememberRefusals {
			s.remember(a, c, key)
		}
		return
	}
	c.note.Write = true
	if err := s.journal.append(c, s.o.Clock()); err != nil {
		a.refuse(err)
		return
	}
	s.remember(a, c, key)
}

// remember keeps the answer to an idempotency id, if there is one.
func (s *Server) remember(a *answer, c *call, key string) {
	if key != "" && s.o.Memory > 0 {
		c.company.memory.put(key, remembered{c.resource, string(c.body), a.status, append([]byte(nil), a.body.Bytes()...), s.o.Clock()})
	}
}

// idempotency is the call's idempotency_id, if it has one.
func (c *call) idempotency() string {
	if c.method == http.MethodDelete {
		return ""
	}
	return wire.Idempotency(c.resource, c.body)
}

// replay answers from memory.
func (s *Server) replay(a *answer, c *call, key string) bool {
	was, ok := c.company.memory.get(key)
	if !ok || s.o.Clock().Sub(was.at) > s.o.Memory {
		return false
	}
	if was.resource != c.resource {
		a.refuse(&books.Refusal{Status: 422, Code: "IdempotencyResourceMismatch", Message: "Entity type mismatch", Source: "idempotency_id"})
		return true
	}
	if s.o.RefuseOtherBody && was.sent != string(c.body) {
		a.refuse(&books.Refusal{Status: 422, Code: "IdempotencyBodyMismatch", Message: "The idempotency_id was used with another body.", Source: "idempotency_id"})
		return true
	}
	c.note.Replay = true
	a.raw(was.status, json.RawMessage(was.body))
	return true
}
