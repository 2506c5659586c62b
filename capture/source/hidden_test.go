package source

import (
	"fmt"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// A shop's server may hold thousands of tables of others.
func TestAQuestionAboutATableOpensNoOther(t *testing.T) {
	servers.MariaDBOnlyForTest(t, "information_schema that opens tables")
	d := openForTest(t)
	for _, query := range []string{versionedQuery, hashesQuery} {
		rows, err := d.db.QueryContext(t.Context(), "EXPLAIN "+query, "mysql", "user")
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		names, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values, at := make([]any, len(names)), make([]any, len(names))
			for i := range at {
				at[i] = &values[i]
			}
			if err := rows.Scan(at...); err != nil {
				t.Fatal(err)
			}
			plan := fmt.Sprintf("%q", values)
			if !strings.Contains(plan, "Scanned 0 databases") {
				t.Errorf("%s\nlooks at more than one table: %s", query, plan)
			}
		}
	}
}
