package assemble_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/transform/assemble"
	"github.com/mage2sage/mage2sage/transform/reference"
)

// TestWhatAnEntityIsMadeWithIsInItsFingerprint takes each row of reference data away, one after
// the other. Where the entities are others without it, so is the fingerprint of their kind:
// else they would not be assembled again when it changes.
func TestWhatAnEntityIsMadeWithIsInItsFingerprint(t *testing.T) {
	used := map[string]bool{}
	for _, dir := range goldens(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			in, rows := readGolden(t, dir).split(t)
			made := func(rows []reference.Row) (entities, fingerprint string) {
				view, misfits, err := reference.New(rows, "")
				if err != nil || len(misfits) > 0 {
					t.Fatal(misfits, err)
				}
				a, err := assemble.Assemble(in, view)
				if err != nil {
					t.Fatal(err)
				}
				return asJSON(t, a.Entities), view.Fingerprint(in.Root.Kind())
			}
			entities, fingerprint := made(rows)
			for i, row := range rows {
				left := slices.Clone(rows)
				left[i] = reference.Row{Table: row.Table, PK: row.PK, Version: change.Version{Epoch: 1, Sequence: 1}, Deleted: true}
				without, digest := made(left)
				if without == entities {
					continue
				}
				used[row.Table] = true
				if digest == fingerprint {
					t.Errorf("a row of %s makes a difference to %s and not to its fingerprint: %s", row.Table, in.Root, row.Value)
				}
			}
		})
	}
	for _, table := range []string{"store", "store_website", "customer_group", "eav_attribute", "catalog_eav_attribute", "tax_class", "core_config_data", "inventory_source", "eav_attribute_option_value"} {
		if !used[table] {
			t.Errorf("no golden is made with a row of %s", table)
		}
	}
}
