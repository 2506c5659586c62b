package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/mage2sage/mage2sage/cmd/internal/config/strict"
	"github.com/mage2sage/mage2sage/cmd/internal/view"
)

// Exit codes, the same for every command. They are the verdicts of status and one more.
const (
	exitWell       = int(view.Well)
	exitPerson     = int(view.PersonNeeded) // it could not be done
	exitCannotTell = int(view.CannotTell)   // status alone
	exitMistake    = 3                      // in the command line, the config file or a binding file
)

// exitCode tells scripts what kind of failure it was.
func exitCode(err error) int {
	var mistake *strict.Error
	var usage *usageError
	var verdict *verdictError
	switch {
	case err == nil, errors.Is(err, context.Canceled): // who was told to end ends well
		return exitWell
	case errors.As(err, &verdict):
		return int(verdict.State)
	case errors.As(err, &mistake), errors.As(err, &usage), isCobras(err):
		return exitMistake
	}
	return exitPerson
}

// isCobras reports whether cobra refused a command by itself; it has no type for that.
func isCobras(err error) bool { return strings.HasPrefix(err.Error(), "unknown command ") }

// A usageError is a command line that does not make sense.
type usageError struct{ error }

// usageErrors makes wrong arguments of all commands usage errors, and those of a
// family of commands: "binding lst" is a mistake, not a wish for help. A command that does
// something by itself, such as transform, is no mere family.
func usageErrors(cmd *cobra.Command) {
	if cmd.HasSubCommands() && cmd.HasParent() && cmd.RunE == nil {
		cmd.Annotations = map[string]string{family: ""}
		cmd.Args, cmd.RunE = cobra.NoArgs, func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	}
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return &usageError{fmt.Errorf("%w: see %s --help", err, cmd.CommandPath())}
			}
			return nil
		}
	}
	for _, below := range cmd.Commands() {
		usageErrors(below)
	}
}

// family marks a command that is only the first word of others.
const family = "family"

// checkFlags refuses flags before anything is done: cobra's own errors have no type, and an
// output that there is not would be found last.
func checkFlags(cmd *cobra.Command, _ []string) error {
	err := cmd.ValidateRequiredFlags()
	if err == nil {
		err = cmd.ValidateFlagGroups()
	}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if err == nil {
			err = checkFlag(f)
		}
	})
	if err != nil {
		return &usageError{fmt.Errorf("%w: see %s --help", err, cmd.CommandPath())}
	}
	if o := cmd.Flags().Lookup("output"); o != nil {
		return output(o.Value.String()).check()
	}
	return nil
}

// checkFlag refuses a flag that says nothing, as --from "$SINCE" of a script does where SINCE is not
// set: without the bound that somebody meant, a command would take everything. Nor is one of which a
// command wants one given by --all=false.
func checkFlag(f *pflag.Flag) error {
	_, choice := f.Annotations[oneRequired]
	switch {
	case f.Changed && saysNothing(f.Value):
		return fmt.Errorf("--%s is empty: give it a value, or leave it out", f.Name)
	case f.Changed && choice && f.Value.Type() == "bool" && f.Value.String() == "false":
		return fmt.Errorf("--%s=false says nothing: leave it out, and give another", f.Name)
	}
	return nil
}

// saysNothing reports whether a flag of text, or of a list of it, is empty.
func saysNothing(v pflag.Value) bool {
	list, is := v.(pflag.SliceValue)
	return is && len(list.GetSlice()) == 0 || v.Type() == "string" && v.String() == ""
}

// oneRequired is cobra's own mark of a flag in a group of which one is required; it has no name there.
const oneRequired = "cobra_annotation_one_required"
