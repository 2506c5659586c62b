package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
)

func (r *root) keys() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Check and change the keys that seal Sage's tokens in the database",
	}
	cmd.AddCommand(r.keysVerify(), r.keysRotate())
	return cmd
}

func (r *root) keysVerify() *cobra.Command {
	var show *output
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Say whether every sealed token opens with the keys of the config file, and which keys no token needs",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.withKeys(cmd.Context(), func(db *postgres.DB, c config.Config, keys *auth.Keyring) error {
				seals, err := binding.VerifyKeys(cmd.Context(), db, db, keys)
				if err != nil {
					return err
				}
				found := verified(seals, c.Sage.EncryptionKeys)
				if err := show.print(cmd.OutOrStdout(), found, found.print); err != nil {
					return err
				}
				return unopened(seals)
			})
		},
	}
	show = outputFlag(cmd)
	return cmd
}

func (r *root) keysRotate() *cobra.Command {
	return &cobra.Command{
		Use:   "rotate",
		Short: "Seal every token anew with the first key of sage.encryption_keys, while sinks run",
		Long: "Put the new key in front of sage.encryption_keys, keep the old one behind it, and start the sinks with that file.\n" +
			"(Of several sinks none may be without the new key while another one seals with it: put it behind the old one first,\n" +
			"start all, then in front.) Then run this, and take the old key out when keys verify says that no token needs it.\n" +
			"Each binding is done by itself, so that an interrupted run can be repeated.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return r.withKeys(cmd.Context(), func(db *postgres.DB, _ config.Config, keys *auth.Keyring) error {
				seals, err := binding.RotateKeys(cmd.Context(), db, db, keys)
				printRotated(cmd.OutOrStdout(), seals, keys.Primary())
				return cmp.Or(err, unopened(seals))
			})
		},
	}
}

// withKeys opens Postgres and reads the keys of the config file.
func (r *root) withKeys(ctx context.Context, do func(*postgres.DB, config.Config, *auth.Keyring) error) error {
	c, err := r.load(config.Postgres, config.Sage)
	if err != nil {
		return err
	}
	keys, err := auth.NewKeyring(c.Sage.EncryptionKeys)
	if err != nil {
		return err
	}
	return r.withPostgres(ctx, func(db *postgres.DB) error { return do(db, c, keys) })
}

// unopened is an error where a person is needed: for tokens that do not open.
func unopened(seals []binding.Seal) error {
	n := 0
	for _, s := range seals {
		if s.Fault != nil {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return fmt.Errorf("the tokens of %d of %d bindings do not open: correct sage.encryption_keys, or connect them again", n, len(seals))
}

// A verification is what keys verify shows.
type verification struct {
	Tokens []sealed `json:"tokens"`
	// Unused are the keys of the config file that seal no token and are not the first.
	Unused []string `json:"unused_keys"`
}

// A sealed is a binding's tokens as they are sealed.
type sealed struct {
	Binding string `json:"binding"`
	KeyID   string `json:"key_id"`
	Opens   bool   `json:"opens"`
	Problem string `json:"problem,omitempty"`
	Hint    string `json:"hint,omitempty"`
}

func verified(seals []binding.Seal, keys []auth.Key) verification {
	v := verification{Tokens: []sealed{}, Unused: []string{}}
	for _, s := range seals {
		one := sealed{Binding: s.Binding, KeyID: s.KeyID, Opens: s.Fault == nil}
		if s.Fault != nil {
			one.Problem, one.Hint = s.Fault.Problem, s.Fault.Hint
		}
		v.Tokens = append(v.Tokens, one)
	}
	for _, k := range keys[1:] {
		if !slices.ContainsFunc(seals, func(s binding.Seal) bool { return s.KeyID == k.ID }) {
			v.Unused = append(v.Unused, k.ID)
		}
	}
	return v
}

func (v verification) print(w io.Writer) {
	t := newTable(w, "BINDING", "KEY", "TOKENS")
	for _, s := range v.Tokens {
		says := "open"
		if !s.Opens {
			says = s.Problem + ": " + s.Hint
		}
		t.row(s.Binding, s.KeyID, says)
	}
	t.Flush()
	for _, id := range v.Unused {
		linef(w, "no token needs key %s: it may be taken out of sage.encryption_keys\n", id)
	}
}

func printRotated(w io.Writer, seals []binding.Seal, key string) {
	renewed, had := 0, 0
	for _, s := range seals {
		switch {
		case s.Fault != nil:
			linef(w, "left alone: %s\n", s.Fault)
		case s.Renewed:
			renewed++
		default:
			had++
		}
	}
	linef(w, "key %s: the tokens of %d bindings were sealed anew, those of %d were sealed with it already\n", key, renewed, had)
}
