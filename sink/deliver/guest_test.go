package deliver

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/sink/work"
)

// TestNoLogSaysWhichGuestItWas makes a guest's contact with every kind of answer, some of
// which repeat what was sent, and looks for what names the guest: the address, the hash of
// it that is the contact's key, and the one that is its reference.
func TestNoLogSaysWhichGuestItWas(t *testing.T) {
	const email, key, reference = "ada@example.com", "4f2a9c01d3e5b7a860f1c2d3", "G7K2M9QX01"
	echo := `{"id":"sage-1","reference":"` + reference + `","email":"` + email + `"}`
	for name, c := range map[string]struct {
		status int
		body   string
		says   string // in the log
	}{
		"accepted":            {http.StatusCreated, echo, `"entity":"guest"`},
		"refused":             {http.StatusUnprocessableEntity, `[{"$severity":"error","$dataCode":"ValidationError","$message":"` + email + ` is taken by ` + reference + `","$source":"email"}]`, `"entity":"guest"`},
		"a gateway's refusal": {http.StatusNotFound, echo, ""},
		"an outage":           {http.StatusInternalServerError, echo, ""},
		"too many":            {http.StatusTooManyRequests, echo, ""},
		"no right":            {http.StatusForbidden, echo, ""},
		"nonsense":            {http.StatusCreated, email, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			w := newWorld(t)
			w.d.Log = zerolog.New(&out).Level(zerolog.DebugLevel)
			w.answers(c.status, c.body)
			o := operation(work.CreateContact)
			o.Entity, o.Reference, o.Target = "guest:"+key, reference, ""
			o.Body = json.RawMessage(`{"contact":{"reference":"` + reference + `","main_contact_person":{"email":"` + email + `"}}}`)
			w.queue = []work.Operation{o}
			w.step()
			for _, never := range []string{email, key, reference} {
				if strings.Contains(out.String(), never) {
					t.Errorf("the log holds %s:\n%s", never, out.String())
				}
			}
			if !strings.Contains(out.String(), c.says) {
				t.Errorf("the log says\n%s\nwant %s", out.String(), c.says)
			}
		})
	}
}
