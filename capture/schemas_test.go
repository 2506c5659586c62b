package capture

import (
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/testenv/fixture"
)

// followsSchemas fails for a raw record that is not what the schema of its topic says.
func (r *running) followsSchemas() {
	r.t.Helper()
	schemas, held := fixture.RawSchemas(r.t), 0
	for _, d := range magento.Domains() {
		for _, record := range r.records(d) {
			fixture.ValidateRaw(r.t, schemas, d, record.Key, record.Value)
			held++
		}
	}
	if held == 0 {
		r.t.Error("there is no record")
	}
	r.t.Logf("%d records follow the schemas of their topics", held)
}
