package transform

import (
	"testing"

	"github.com/mage2sage/mage2sage/testenv/fixture"
)

func TestEmittedEntitiesFollowTheirSchemas(t *testing.T) {
	w, schemas := newWorld(t), fixture.Schemas(t)
	r := w.start(t.TempDir())
	history(w)
	r.settled()
	for _, e := range w.emissions() {
		fixture.Validate(t, schemas[e.id.Kind()], string(e.id)+" "+e.kind, []byte(e.value))
	}
}
