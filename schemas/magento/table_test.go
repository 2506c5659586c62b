package magento

import (
	"slices"
	"strings"
	"testing"
)

func TestEveryTablesKeyAndRootAreAmongItsColumns(t *testing.T) {
	seen := map[string]bool{}
	for _, table := range Tables {
		t.Run(table.Name, func(t *testing.T) {
			for _, c := range append(slices.Clone(table.PK), table.Root.Column, table.FilterColumn, table.Staged) {
				if c != "" && !slices.Contains(table.Columns, c) {
					t.Errorf("column %s is needed and not allowed", c)
				}
			}
			if p := table.InStaging().Root.Parent; p != "" && !seen[p] {
				t.Errorf("its parent %s is not listed before it", p)
			}
			seen[table.Name] = true
		})
	}
}

func TestAllRowsOfAParentPass(t *testing.T) {
	for _, table := range Tables {
		if parent, ok := ByName(table.Root.Parent); ok && parent.Filter != EveryRow {
			t.Errorf("%s finds its root through rows of %s, of which some do not pass", table.Name, parent.Name)
		}
	}
}

func TestEveryFilterHasAColumnToLookAt(t *testing.T) {
	for _, table := range Tables {
		if table.Filter != EveryRow && table.FilterColumn == "" {
			t.Errorf("%s: the filter %s has no column", table.Name, table.Filter)
		}
	}
	if attributes, ok := ByName(AttributeTable); !ok || attributes.FilterColumn != "attribute_code" {
		t.Errorf("the codes of attributes are looked up in %q", attributes.FilterColumn)
	}
}

// What people wrote is about anybody: of all that Magento keeps of it only the reasons of credit
// memos may leave, and those only where they are asked for by themselves.
func TestOnlyCommentsOnCreditMemosCanBeAskedFor(t *testing.T) {
	for _, table := range Tables {
		if asked := table.Group == CommentGroup; asked != (table.Name == "sales_creditmemo_comment") {
			t.Errorf("%s leaves with comments: %t", table.Name, asked)
		}
	}
}

func TestNoSecretColumnIsAllowed(t *testing.T) {
	for _, table := range Tables {
		for _, c := range table.Columns {
			for _, secret := range []string{"password", "rp_token", "protect_code", "remote_ip", "x_forwarded", "cc_", "additional_information", "echeck", "dob", "gender", "note", "comment"} {
				if askedFor := table.Group == CommentGroup && c == "comment"; strings.Contains(c, secret) && !askedFor {
					t.Errorf("%s.%s must never leave", table.Name, c)
				}
			}
		}
	}
}
