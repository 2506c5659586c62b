package binding

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"

	"github.com/mage2sage/mage2sage/sink/policy"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A File is a binding as people write it.
type File struct {
	Binding string        `yaml:"binding"`
	Source  string        `yaml:"source"`
	Policy  policy.Policy `yaml:"policy"`
}

// NewFile is a binding in which everything that is not set has its default.
func NewFile() File { return File{Policy: policy.Default()} }

// plainName is a name that means itself in a command line, a log and a topic's records.
var plainName = regexp.MustCompile(`\A[A-Za-z0-9][A-Za-z0-9._-]{0,63}\z`)

// Validate says what is wrong with the file in itself.
func (f File) Validate() error {
	if f.Binding == "" || f.Source == "" {
		return errors.New("binding and source need a name each, such as binding: shop-uk and source: shop")
	}
	var all []error
	for _, n := range []struct{ key, name string }{{"binding", f.Binding}, {"source", f.Source}} {
		if !plainName.MatchString(n.name) {
			all = append(all, fmt.Errorf("%s %q: write a name of letters, digits, '-', '_' and '.', at most 64 and not one of the signs first, such as shop-uk", n.key, n.name))
		}
	}
	return errors.Join(append(all, f.Policy.Normalize().Validate())...)
}

// Import writes a binding. Items that are not posted and paid are planned again, so a
// mapping that was missing heals what it parked.
func Import(ctx context.Context, s Store, f File) (work.Binding, error) {
	if err := f.Validate(); err != nil {
		return work.Binding{}, err
	}
	f.Policy = f.Policy.Normalize()
	if err := checkAgainstOthers(ctx, s, f); err != nil {
		return work.Binding{}, err
	}
	text, err := json.Marshal(f.Policy)
	if err != nil {
		return work.Binding{}, fmt.Errorf("write policy: %w", err)
	}
	return s.PutBinding(ctx, f.Binding, f.Source, text)
}

// checkAgainstOthers compares a binding with the one of its name, whose source it may not
// change, and with those of its business.
func checkAgainstOthers(ctx context.Context, s Store, f File) error {
	have, err := s.Binding(ctx, f.Binding)
	switch {
	case errors.Is(err, work.ErrNoBinding):
		return nil
	case err != nil:
		return err
	case have.Source != f.Source:
		return fmt.Errorf("binding %s belongs to source %s: give the binding of source %s another name", f.Binding, have.Source, f.Source)
	}
	if err := notPurged(have); err != nil {
		return err
	}
	if err := beginsAfterPurged(ctx, s, have, f.Policy, have.Business); err != nil {
		return err
	}
	before, err := read(have)
	if err != nil {
		return err
	}
	// What is in Sage could not be planned any more. Nothing is there before the binding is connected.
	if have.Business != "" && before.Complete() && !f.Policy.Complete() {
		return errors.New("policy: default_ledger_account_id is empty, and it was set before: set it to the id of a sales account in Sage")
	}
	return checkShared(ctx, s, sharer{f.Binding, f.Source, f.Policy}, have.Business)
}

// Export is a binding as Import takes it.
func Export(b work.Binding) (File, error) {
	p, err := read(b)
	if err != nil {
		return File{}, err
	}
	if p.SyncSince == nil {
		p.SyncSince = &b.ImportedAt
	}
	return File{b.Name, b.Source, p}, nil
}

// read is the policy as it is kept with a binding.
func read(b work.Binding) (policy.Policy, error) {
	p, err := policy.Read(b.Policy)
	if err != nil {
		return p, fmt.Errorf("binding %s: %w", b.Name, err)
	}
	return p, nil
}
