package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/sink"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

func (r *root) document() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "document",
		Short: "Decide what only a person can: documents that are parked",
	}
	cmd.AddCommand(r.documentSettle())
	return cmd
}

// settleFlags are what a person says of a document.
type settleFlags struct {
	binding, as, note, by     string
	skip, retry, paid, unpaid bool
	unchecked                 bool
}

func (r *root) documentSettle() *cobra.Command {
	var f settleFlags
	cmd := &cobra.Command{
		Use:   "settle KEY",
		Short: "Say what became of a parked document: in Sage under an id, left out, or to be tried again",
		Long: "KEY is invoice:5 or creditmemo:7, as mage2sage documents prints it. Put the document right in Sage or in Magento first.\n" +
			"--as   it is in Sage, under this id: posted by hand, or corrected there; nothing more is posted for it but its payment\n" +
			"--skip nothing of it is to be posted\n" +
			"--retry plan it again, and make once more what Sage has refused; refused itself where the document may be in Sage",
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s, err := f.settlement(canonical.ID(args[0]))
			if err != nil {
				return &usageError{err}
			}
			return r.withPostgres(cmd.Context(), func(db *postgres.DB) error {
				if s.Binding, err = bindingOf(cmd.Context(), db, f.binding); err != nil {
					return err
				}
				if s.Outcome == work.SettledPosted && !f.unchecked {
					if err := r.checkInSage(cmd.Context(), db, s); err != nil {
						return err
					}
				}
				if err := sink.SettleDocument(cmd.Context(), db, s); err != nil {
					return err
				}
				linef(cmd.OutOrStdout(), "%s of binding %s: %s\n", s.ID, s.Binding, settledWords[s.Outcome])
				return nil
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.binding, "binding", "", "of this binding; may be left out where there is one only")
	flags.StringVar(&f.as, "as", "", "it is in Sage, under this id")
	flags.BoolVar(&f.skip, "skip", false, "nothing of it is to be posted")
	flags.BoolVar(&f.retry, "retry", false, "plan it again")
	flags.BoolVar(&f.paid, "paid", false, "with --as: its payment, or what settles a credit note, is in Sage too")
	flags.BoolVar(&f.unpaid, "unpaid", false, "with --as: that is not in Sage")
	flags.BoolVar(&f.unchecked, "unchecked", false, "with --as: do not ask Sage whether it has that id")
	flags.StringVar(&f.note, "note", "", "why, for the audit trail; --skip needs one")
	flags.StringVar(&f.by, "by", "", "who says so, for the audit trail (default: the user of this machine)")
	cmd.MarkFlagsOneRequired("as", "skip", "retry")
	cmd.MarkFlagsMutuallyExclusive("as", "skip", "retry")
	cmd.MarkFlagsMutuallyExclusive("paid", "unpaid")
	return cmd
}

// checkInSage asks Sage for the document that a person says it has.
func (r *root) checkInSage(ctx context.Context, db *postgres.DB, s work.Settlement) error {
	c, err := r.load(config.Postgres, config.Sage)
	if err != nil {
		return err
	}
	client, done, err := binding.OpenBusiness(ctx, c.Sage, db, db, s.Binding)
	if err != nil {
		return err
	}
	defer done()
	return sink.CheckInSage(ctx, client, s)
}

var settledWords = map[work.SettledOutcome]string{
	work.SettledPosted: "posted", work.SettledSkipped: "left out", work.SettledRetry: "is planned again",
}

// settlement is what the flags say.
func (f settleFlags) settlement(id canonical.ID) (work.Settlement, error) {
	s := work.Settlement{ID: id, SageID: strings.TrimSpace(f.as), By: f.by, Note: f.note}
	if s.By == "" {
		if u, err := user.Current(); err == nil {
			s.By = u.Username
		}
	}
	switch {
	case f.skip:
		s.Outcome = work.SettledSkipped
	case f.retry:
		s.Outcome = work.SettledRetry
	case s.SageID == "":
		return s, errors.New("--as is empty: give the document's id in Sage")
	default:
		s.Outcome = work.SettledPosted
	}
	switch {
	case s.Outcome == work.SettledSkipped && s.Note == "":
		return s, errors.New("--note is empty: say why the document is left out")
	case (f.paid || f.unpaid) && s.Outcome != work.SettledPosted:
		return s, errors.New("--paid and --unpaid belong to --as")
	case f.paid:
		s.Payment = work.Paid
	case f.unpaid:
		s.Payment = work.Unpaid
	}
	return s, nil
}

// bindingOf is the binding that a command means: the named one, or the only one.
func bindingOf(ctx context.Context, db *postgres.DB, name string) (string, error) {
	if name != "" {
		_, err := db.Binding(ctx, name)
		return name, err
	}
	all, err := db.Bindings(ctx)
	if err == nil && len(all) != 1 {
		err = fmt.Errorf("there are %d bindings: name one with --binding, see mage2sage binding list", len(all))
	}
	if err != nil {
		return "", err
	}
	return all[0].Name, nil
}
