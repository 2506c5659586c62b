package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/sink"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

// An erased person is what was done, and what is left to do elsewhere. It does not name the person.
type erasedPerson struct {
	Plan bool `json:"plan"` // nothing was written
	postgres.Erasure
	ToDo []string `json:"to_do"`
}

func (r *root) erase(cmd *cobra.Command, c config.Config, db *postgres.DB, f purgeFlags, show *output) error {
	done, err := sink.Erase(cmd.Context(), db, sink.EraseRequest{Source: c.Source.Name, Customer: f.customer, Email: f.email}, f.plan)
	if err != nil {
		return err
	}
	p := erasedPerson{Plan: f.plan, Erasure: done, ToDo: leftToDo(c.Prefix, done)}
	if err := show.print(cmd.OutOrStdout(), p, func(w io.Writer) { printErased(w, p) }); err != nil {
		return err
	}
	if n := len(p.Open); n > 0 {
		return fmt.Errorf("%d are not settled yet and keep who it is: settle them, see mage2sage documents, then type this again", n)
	}
	return nil
}

// leftToDo is what this program cannot do, or not at once.
func leftToDo(prefix string, done postgres.Erasure) []string {
	all := []string{
		fmt.Sprintf("in Magento: delete the customer, and make the orders anonymous, because the topics %s.* follow the shop: capture writes the tombstones and the new states", prefix),
		"in Kafka: the older records go with the next compaction that is due, 7 days after (min.compaction.lag.ms), and the tombstones 14 days later; where max.compaction.lag.ms is not set, a segment that is not full stays longer: set it",
		"in backups of Postgres, and after a restore of one: type this again",
	}
	for _, x := range done.Contacts {
		all = append(all, fmt.Sprintf("in Sage: contact %s (id %s, binding %s): make it anonymous there; its documents have addresses of their own", x.Reference, x.SageID, x.Binding))
	}
	return all
}

func printErased(w io.Writer, p erasedPerson) {
	t := newTable(w, "TABLE", "ROWS WITHOUT THE PERSON")
	for _, row := range []struct {
		table string
		n     int
	}{{"entities", p.Entities}, {"operations", p.Operations}, {"sync_items", p.Items}, {"audit", p.AuditEntries}} {
		t.row(row.table, fmt.Sprint(row.n))
	}
	t.Flush()
	for _, id := range p.Open {
		linef(w, "not settled: %s\n", id)
	}
	linef(w, "left to do:\n")
	for _, one := range p.ToDo {
		linef(w, "  %s\n", one)
	}
	if p.Plan {
		linef(w, "nothing was written: --yes erases it\n")
	}
}
