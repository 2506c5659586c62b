package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/schemas/finding"
	"github.com/mage2sage/mage2sage/sink/binding"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
)

// examineTokens opens the sealed tokens where the sink runs and the config file says where
// they are. A database that cannot be looked at is a warning: it may be made yet.
func examineTokens(ctx context.Context, c config.Config, stages []stage) finding.List {
	runs := slices.ContainsFunc(stages, func(s stage) bool { return s.name == sinkStage.name })
	if !runs || c.Need(config.Postgres, config.Sage) != nil {
		return nil
	}
	seals, err := readSeals(ctx, c)
	if err != nil {
		return finding.List{{Check: "tokens", Problem: oneLine(err), Warning: true}}
	}
	list := finding.List{{Check: "tokens", Seen: fmt.Sprintf("%d bindings have some", len(seals))}}
	for _, s := range seals {
		if s.Fault != nil {
			list = append(list, finding.Finding{Check: "tokens of binding " + s.Binding, Problem: s.Fault.Problem, Hint: s.Fault.Hint})
		}
	}
	return list
}

func readSeals(ctx context.Context, c config.Config) (seals []binding.Seal, err error) {
	keys, err := auth.NewKeyring(c.Sage.EncryptionKeys)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	there, stop := context.WithTimeout(ctx, answerWithin)
	defer stop()
	db, err := postgres.Open(there, c.Postgres)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	return binding.VerifyKeys(ctx, db, db, keys)
}
