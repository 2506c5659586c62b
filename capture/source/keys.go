package source

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/finding"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A foreignKey is one of a captured table, with what it does to its rows.
type foreignKey struct {
	column string // "a, b" where it has several
	parent string // as the shop names it, with its database where that is another
	rules  string // " ON DELETE SET NULL ON UPDATE CASCADE"
}

// foreignKeyLine is how SHOW CREATE TABLE writes one.
var foreignKeyLine = regexp.MustCompile("(?m)^ *CONSTRAINT `[^\n]*` FOREIGN KEY \\(`(.*)`\\) REFERENCES `(.*)` \\(`[^\n]*`\\)([A-Z ]*),?$")

// foreignKeys reads those of a definition.
func foreignKeys(definition string) (all []foreignKey) {
	for _, m := range foreignKeyLine.FindAllStringSubmatch(definition, -1) {
		all = append(all, foreignKey{strings.ReplaceAll(m[1], "`", ""), strings.ReplaceAll(m[2], "`", ""), m[3]})
	}
	return all
}

// unfollowed says what a key does to captured columns of a table that neither the log tells
// nor capture finds out; "" when it does nothing of that kind.
func (k foreignKey) unfollowed(t magento.Table, prefix string) string {
	captured := slices.ContainsFunc(strings.Split(k.column, ", "), func(c string) bool { return slices.Contains(t.Columns, c) })
	parent, shops := strings.CutPrefix(k.parent, prefix)
	followed := shops && magento.Follows(t, k.column, parent)
	switch {
	case strings.Contains(k.rules, "ON UPDATE CASCADE") && captured, strings.Contains(k.rules, "ON UPDATE SET NULL") && captured:
		return "when a key of " + k.parent + " changes"
	case strings.Contains(k.rules, "ON DELETE CASCADE") && !followed, strings.Contains(k.rules, "ON DELETE SET NULL") && captured && !followed:
		return "when a row of " + k.parent + " is deleted"
	}
	return ""
}

// checkKeys looks for foreign keys, other than Magento's own, by which the server changes
// captured rows of which its log does not tell. Information_schema shows them only to users
// who may write, so the table's definition is read.
func (d *Database) checkKeys(ctx context.Context) (finding.List, error) {
	f := finding.Finding{Check: "foreign keys", Warning: true}
	var problems []string
	for _, t := range magento.Tables {
		if !d.Captures(t) {
			continue
		}
		definition, err := d.definition(ctx, t)
		if err != nil {
			return nil, err
		}
		for _, k := range foreignKeys(definition) {
			if when := k.unfollowed(d.AsKept(t), d.options.TablePrefix); when != "" {
				problems = append(problems, fmt.Sprintf("the server changes %s by its key on %s %s", d.physical(t.Name), k.column, when))
			}
		}
	}
	if len(problems) > 0 {
		f.Problem = strings.Join(problems, ", and ") + ", and its log does not tell"
		f.Hint = "drop the rule of the key, and let the program that deletes or changes the parent do the same to its rows"
	}
	return finding.List{f}, nil
}

// definition is SHOW CREATE TABLE's; "" where the table is not there or may not be seen,
// which other checks say.
func (d *Database) definition(ctx context.Context, t magento.Table) (definition string, err error) {
	var name string
	err = d.db.QueryRowContext(ctx, "SHOW CREATE TABLE "+d.Qualified(t.Name)).Scan(&name, &definition)
	switch errorNumber(err) {
	case noSuchTable, noSuchDatabase, tableAccessDenied, columnAccessDenied, databaseAccessDenied:
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("foreign keys of %s: %w", d.physical(t.Name), err)
	}
	return definition, nil
}
