package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/deliver"
	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

func (r *root) xref() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "xref",
		Short: "What stands in Sage, and which of Magento's documents it is",
	}
	cmd.AddCommand(r.xrefRebuild())
	return cmd
}

// rebuildFlags are what a rebuild is asked for.
type rebuildFlags struct {
	binding, prefix      string
	plan, foreign, close bool
}

func (r *root) xrefRebuild() *cobra.Command {
	var f rebuildFlags
	var show *output
	cmd := &cobra.Command{
		Use:   "rebuild --binding NAME",
		Short: "Read Sage's lists and adopt what stands there and the database does not know",
		Long: "Adopted is what has our reference and is equal: a contact in currency and name or e-mail address, a document in total, tax, currency,\n" +
			"date and contact, a payment in amount, currency and contact, an allocation in what it allocates. What is not equal, or stands there twice,\n" +
			"is listed with both sides and parked (not_as_in_sage); what has the form of our references and no document is listed. Nothing is sent\n" +
			"for the binding meanwhile, nor after an interruption until it has ended. After a restore of the database the sink does this by itself.\n" +
			"To take over books that another connector filled: import the binding, --close it, connect it, let the sink read the topics,\n" +
			"stop the other connector, look at --foreign --plan, and run it with --foreign.\n" +
			"Documents before sync_since are not adopted: they are not posted either. Exit code 1: something is listed for a person.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.rebuildXrefs(cmd, f, show)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.binding, "binding", "", "the binding")
	flags.BoolVar(&f.plan, "plan", false, "write nothing, and show what would be adopted and what not; nothing is planned meanwhile")
	flags.BoolVar(&f.close, "close", false, "read nothing: nothing is sent for the binding until a rebuild has ended")
	flags.BoolVar(&f.foreign, "foreign", false, "adopt another connector's too: contacts M<id>[initial of the currency] and G<hash>, documents a day earlier or later or with another tax")
	flags.StringVar(&f.prefix, "foreign-prefix", "", "with --foreign: the prefix of its documents' references (default: the policy's invoice_number_prefix)")
	cmd.MarkFlagRequired("binding")
	cmd.MarkFlagsMutuallyExclusive("close", "plan")
	cmd.MarkFlagsMutuallyExclusive("close", "foreign")
	show = outputFlag(cmd)
	return cmd
}

func (r *root) rebuildXrefs(cmd *cobra.Command, f rebuildFlags, show *output) error {
	if f.prefix != "" && !f.foreign {
		return &usageError{errors.New("--foreign-prefix belongs to --foreign")}
	}
	c, err := r.load(config.Postgres, config.Sage)
	if err != nil {
		return err
	}
	return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
		if f.close {
			if _, err := db.CloseDelivery(cmd.Context(), f.binding); err != nil {
				return err
			}
			linef(cmd.OutOrStdout(), "binding %s: nothing is sent until mage2sage xref rebuild --binding %s has ended\n", f.binding, f.binding)
			return nil
		}
		report, err := rebuildReport(cmd.Context(), c, db, f, newMeter(cmd.ErrOrStderr()))
		if err != nil {
			return err
		}
		if err := show.print(cmd.OutOrStdout(), report, func(w io.Writer) { printRebuild(w, report) }); err != nil {
			return err
		}
		if n := report.ForAPerson(); n > 0 {
			return fmt.Errorf("%d are listed for a person", n)
		}
		return nil
	})
}

// rebuildReport rebuilds a binding, or says what that would do.
func rebuildReport(ctx context.Context, c config.Config, db *postgres.DB, f rebuildFlags, m *meter) (report sink.RebuildReport, err error) {
	b, err := db.Binding(ctx, f.binding)
	if err != nil {
		return report, err
	}
	if b.Closed == work.ClosedByRestore {
		if err := readAgain(ctx, c, db); err != nil {
			return report, err
		}
	}
	client, done, err := binding.OpenBusiness(ctx, c.Sage, db, db, f.binding)
	if err != nil {
		return report, err
	}
	defer done()
	rebuild := &sink.Rebuild{DB: db, Client: client, Binding: b.Name, Progress: func(text string) { m.line(func() string { return text }) }}
	defer m.end("")
	if f.foreign {
		if rebuild.Other, err = otherConnector(b, f.prefix); err != nil {
			return report, err
		}
	}
	if f.plan {
		return rebuild.Plan(ctx)
	}
	return rebuild.Run(ctx)
}

// readAgain refuses a rebuild after a restore before the sink has read the topics again: what is
// not read yet would be taken for somebody else's.
func readAgain(ctx context.Context, c config.Config, db *postgres.DB) error {
	topics, err := c.Kafka.Dial()
	if err != nil {
		return err
	}
	defer topics.Close()
	why, err := sink.RebuildWaitsFor(ctx, db, topics, topic.Names{Prefix: c.Prefix}, c.Sage.Doubt())
	if err == nil && why != "" {
		err = fmt.Errorf("the database was restored, and the sink, which has to run, rebuilds by itself once it can: %s", why)
	}
	return err
}

func otherConnector(b work.Binding, prefix string) (*deliver.OtherConnector, error) {
	knobs, err := policy.Read(b.Policy)
	if err != nil {
		return nil, err
	}
	return &deliver.OtherConnector{Prefix: cmp.Or(prefix, knobs.InvoiceNumberPrefix), BaseCurrency: b.BaseCurrency, Fallback: knobs.B2C.FallbackContactReference}, nil
}

func printRebuild(w io.Writer, r sink.RebuildReport) {
	t := newTable(w, "KIND", "IN SAGE", "ADOPTED", "TO BE MADE")
	kinds := map[work.OperationKind]bool{}
	for _, some := range []map[work.OperationKind]int{r.InSage, r.Adopted, r.ToMake} {
		for kind := range some {
			kinds[kind] = true
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		t.row(string(kind), fmt.Sprint(r.InSage[kind]), fmt.Sprint(r.Adopted[kind]), fmt.Sprint(r.ToMake[kind]))
	}
	t.Flush()
	for _, row := range r.Rows {
		if r.Plan || row.ForAPerson() {
			printRebuildRow(w, row)
		}
	}
	if r.Plan {
		linef(w, "nothing was written\n")
	}
}

// printRebuildRow prints both sides of one thing.
func printRebuildRow(w io.Writer, row sink.RebuildRow) {
	about := slices.DeleteFunc([]string{row.Entity, row.Why, strings.Join(row.Differs, ", ")}, func(s string) bool { return s == "" })
	linef(w, "%-11s %s\n", row.Outcome, strings.Join(about, " "))
	for _, s := range row.InSage {
		linef(w, "  sage      %s\n", deliver.Told(s))
	}
	if row.InMagento != nil {
		linef(w, "  magento   %s\n", deliver.Told(*row.InMagento))
	}
	if row.Operation != 0 && row.ForAPerson() {
		linef(w, "  decide    mage2sage operation settle %d --as ID, or --not-in-sage\n", row.Operation)
	}
}
