package binlog

import (
	"strings"

	"github.com/mage2sage/mage2sage/schemas/magento"
)

// folded is a name as the server compares it with another.
func (c Config) folded(name string) string {
	if c.FoldNames {
		return strings.ToLower(name)
	}
	return name
}

// isShop reports whether a name in the log is that of the shop's database.
func (c Config) isShop(database string) bool { return c.folded(database) == c.folded(c.Database) }

// table finds a captured table by its names in the log.
func (c Config) table(database, name string) (t magento.Table, ok bool) {
	if !c.isShop(database) {
		return t, false
	}
	t, ok = c.Tables[c.folded(name)]
	return t, ok
}
