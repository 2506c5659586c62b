package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
)

// forFlag gives a command --for, which names the stages that it is about: one, several with
// commas or by repeating it, or run, which has all.
func forFlag(cmd *cobra.Command, about string, unless ...string) *[]string {
	return cmd.Flags().StringSlice("for", unless, about+": run, capture, transform or sink, or several with commas")
}

// stagesFor are the stages that --for names, in the order of the pipe.
func stagesFor(named []string) (chosen []stage, err error) {
	for _, name := range named {
		if name != "run" && !slices.Contains(namesOf(stages), name) {
			return nil, &usageError{fmt.Errorf("--for %q: write run, capture, transform or sink", name)}
		}
	}
	for _, s := range stages {
		if slices.Contains(named, "run") || slices.Contains(named, s.name) {
			chosen = append(chosen, s)
		}
	}
	return chosen, nil
}

func namesOf(chosen []stage) (names []string) {
	for _, s := range chosen {
		names = append(names, s.name)
	}
	return names
}

// areAll reports whether these are the stages of run.
func areAll(chosen []stage) bool { return len(chosen) == len(stages) }

// need reports whether one of the stages needs a part of the config file.
func need(chosen []stage, part config.Part) bool {
	return slices.ContainsFunc(chosen, func(s stage) bool { return slices.Contains(s.parts, part) })
}

// alone joins the names of stages that are not all: "capture and transform alone".
func alone(names []string) string { return strings.Join(names, " and ") + " alone" }
