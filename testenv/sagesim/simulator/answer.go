package simulator

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/http"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
)

// An answer is a response that is complete before any of it is sent.
type answer struct {
	status int
	header http.Header
	body   bytes.Buffer
	lost   bool // the connection breaks instead
}

func newAnswer() *answer { return &answer{status: http.StatusOK, header: http.Header{}} }

// Header is that of the response.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader keeps the status.
func (a *answer) WriteHeader(status int) { a.status = status }

// Write keeps a part of the body.
func (a *answer) Write(p []byte) (int, error) { return a.body.Write(p) }

// send writes the answer, or breaks the connection when it is to be lost.
func (a *answer) send(w http.ResponseWriter) {
	if a.lost {
		panic(http.ErrAbortHandler) // net/http closes the connection without an answer
	}
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	w.Write(a.body.Bytes()) // a client that left needs no answer
}

// json replaces the answer by a JSON body.
func (a *answer) json(status int, body any) {
	text, err := json.Marshal(body)
	if err != nil {
		status, text = http.StatusInternalServerError, []byte("[]")
	}
	a.raw(status, text)
}

func (a *answer) raw(status int, body []byte) {
	a.status = status
	a.body.Reset()
	if status == http.StatusNoContent {
		return
	}
	a.header.Set("Content-Type", "application/json; charset=utf-8")
	a.body.Write(body)
}

// A complaint is one entry of Sage's error bodies.
type complaint struct {
	Severity string `json:"$severity"`
	Code     string `json:"$dataCode"`
	Message  string `json:"$message"`
	Source   string `json:"$source"`
}

// refuse answers with refusals, the first of which gives the status. An error
// of another kind is the simulator's own fault and becomes a 500.
func (a *answer) refuse(err error) {
	var all refusals
	var one *books.Refusal
	if errors.As(err, &one) {
		all = refusals{one}
	} else if !errors.As(err, &all) {
		all = refusals{{Status: 500, Code: "UnexpectedError", Message: "An unexpected error occurred. " + err.Error()}}
	}
	body := make([]complaint, 0, len(all))
	for _, r := range all {
		body = append(body, complaint{"error", r.Code, r.Message, r.Source})
	}
	a.json(all[0].Status, body)
}

// refusals are several reasons to refuse one request.
type refusals []*books.Refusal

// Error is the first of them.
func (r refusals) Error() string { return r[0].Error() }

// stamp gives the answer its request id, spelled as Sage spells it.
func (a *answer) stamp() {
	id := make([]byte, 16)
	rand.Read(id) // never fails
	a.header["x_request_id"] = []string{hex.EncodeToString(id)}
}
