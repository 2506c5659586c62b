package source

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/finding"
)

// serversOwn are the databases that every server has for itself.
var serversOwn = []string{"information_schema", "mysql", "performance_schema", "sys"}

// visible lists the databases that the user sees: the server hides those to which the user
// has no right, and answers a question about one as it does about one that is not there.
func (d *Database) visible(ctx context.Context) (names []string, err error) {
	rows, err := d.db.QueryContext(ctx, "SHOW DATABASES")
	if err != nil {
		return nil, fmt.Errorf("show databases: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, fmt.Errorf("show databases: %w", err)
		}
		if !slices.Contains(serversOwn, strings.ToLower(name)) {
			names = append(names, name)
		}
	}
	return names, rows.Err()
}

// unseen says what to do where the user sees no database of our name, which may be
// misspelt; nil where the user sees it.
func (d *Database) unseen(ctx context.Context) (*finding.Finding, error) {
	names, err := d.visible(ctx)
	if err != nil {
		return nil, err
	}
	ours := d.options.Database
	if slices.ContainsFunc(names, func(name string) bool { return name == ours || d.Server.FoldsNames && strings.EqualFold(name, ours) }) {
		return nil, nil
	}
	return &finding.Finding{Check: "database",
		Problem: "the user " + d.Server.user + " sees no database " + ours + ": it does not exist, or the user has no right to it",
		Hint:    "correct source.database " + oneOf(names) + "; or, if the name is right, type " + d.grant("SELECT", quote(ours)+".*")}, nil
}

// manyNames is how many databases are listed; a server of an agency has hundreds.
const manyNames = 10

// oneOf lists what source.database may be.
func oneOf(names []string) string {
	const from = "(dbname in Magento's app/etc/env.php)"
	if len(names) == 0 {
		return from + ", though the user sees none at all"
	}
	shown, more := names, ""
	if len(names) > manyNames {
		shown, more = names[:manyNames], fmt.Sprintf(" and %d more", len(names)-manyNames)
	}
	return from + ": the user sees " + strings.Join(shown, ", ") + more
}
