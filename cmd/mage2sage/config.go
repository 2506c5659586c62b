package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/config/strict"
)

func (r *root) config() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Look at the config file"}
	cmd.AddCommand(r.configCheck())
	return cmd
}

// configCheck asks no server: it is for the moment before the first start.
func (r *root) configCheck() *cobra.Command {
	var named *[]string
	var show *output
	cmd := &cobra.Command{
		Use: "check", Short: "Say everything that is wrong with the config file, each with its line and key", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen, err := stagesFor(*named)
			if err != nil {
				return err
			}
			var parts []config.Part
			for _, s := range chosen {
				parts = append(parts, s.parts...)
			}
			mistakes := config.Check(r.file, parts...)
			if err := show.print(cmd.OutOrStdout(), append(strict.Mistakes{}, mistakes...), func(w io.Writer) {
				printMistakes(w, r.file, mistakes)
				if len(mistakes) == 0 {
					printNote(w, r.file, chosen)
				}
			}); err != nil {
				return err
			}
			return mistaken(r.file, mistakes)
		},
	}
	show = outputFlag(cmd)
	named = forFlag(cmd, "the stages whose parts must be complete", "run")
	return cmd
}

func mistaken(file string, all strict.Mistakes) error {
	switch len(all) {
	case 0:
		return nil
	case 1:
		return &strict.Error{File: file, Text: "1 mistake: correct it and check again"}
	}
	return &strict.Error{File: file, Text: fmt.Sprintf("%d mistakes: correct them and check again", len(all))}
}

func printMistakes(w io.Writer, file string, all strict.Mistakes) {
	for _, e := range all {
		fmt.Fprintln(w, e)
	}
	if len(all) == 0 {
		fmt.Fprintf(w, "%s: ok\n", file)
	}
}

// printNote says what a file that is well still needs beside it: stages apart do not bring the
// embedded broker, and take it from a run that goes on.
func printNote(w io.Writer, file string, chosen []stage) {
	c, err := config.Load(file)
	if err == nil && c.Kafka.IsEmbedded() && !areAll(chosen) {
		linef(w, "kafka.brokers is embedded: %s needs a `mage2sage run` beside it with the same kafka.data_dir, or the addresses of a real Kafka\n", alone(namesOf(chosen)))
	}
}
