package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// mention is the program's name with the one or two words that follow it, past the
// flags that every command has; "exec mage2sage mage2sage …" names a container first.
var mention = regexp.MustCompile(`\bmage2sage(?: mage2sage)*(?: (?:--config|-c) \S+)?((?: [a-z][a-z0-9-]*){1,2})`)

// prose are the words that may follow the program's name in a sentence about it.
// None of them is a command, and a word that is neither is a mistake.
var prose = []string{
	"and", "anything", "asks", "binary", "follows", "from", "has", "is", "itself", "keeps", "once", "or", "reads", "runs", "says",
	"development", // its version until a release sets one
	"up",          // as in "sets mage2sage up"
}

// wrongMentions lists what a text says that may be typed and may not.
func wrongMentions(root *cobra.Command, text string) (wrong []string) {
	for _, m := range mention.FindAllStringSubmatch(text, -1) {
		words := strings.Fields(m[1])
		if slices.Contains(prose, words[0]) {
			continue
		}
		found, rest, err := root.Find(words)
		switch {
		case err != nil, found == root:
			wrong = append(wrong, m[0])
		case found.HasSubCommands() && len(rest) > 0: // "binding lst"
			wrong = append(wrong, m[0])
		}
	}
	return wrong
}

func TestEveryCommandThatATextNamesExists(t *testing.T) {
	read := 0
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == ".git" || d.Name() == "bin" || d.Name() == "var"):
			return filepath.SkipDir
		case d.IsDir() || filepath.Base(path) == "commands_test.go":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil || bytes.IndexByte(text, 0) >= 0 {
			return err
		}
		read++
		for _, wrong := range wrongMentions(newRoot(), string(text)) {
			t.Errorf("%s names %q, and there is no such command", filepath.Clean(path), wrong)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 100 {
		t.Errorf("%d files were read: the test does not look at the project", read)
	}
}

func TestMentionsAreTakenForWhatTheyAre(t *testing.T) {
	for text, want := range map[string]int{
		"read the tables again with `mage2sage rewind`": 1,
		"see mage2sage binding lst":                     1,
		"see mage2sage --config F bindings":             1,
		"see mage2sage binding list":                    0,
		"run mage2sage connect --binding shop":          0,
		"mage2sage keeps a merchant's books right":      0,
		"the topic mage2sage.sales and the table":       0,
	} {
		t.Run(text, func(t *testing.T) {
			if got := wrongMentions(newRoot(), text); len(got) != want {
				t.Errorf("found %v, want %d", got, want)
			}
		})
	}
}

func TestNoCommandIsTakenForProse(t *testing.T) {
	for _, cmd := range newRoot().Commands() {
		if slices.Contains(prose, cmd.Name()) {
			t.Errorf("%s is a command and a word of prose: mistakes in its name would pass", cmd.Name())
		}
	}
}

func TestEveryCommandSaysWhatItDoes(t *testing.T) {
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		t.Run(cmd.CommandPath(), func(t *testing.T) {
			if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
				t.Errorf("its one line is %q, want a line without a full stop", cmd.Short)
			}
			if !cmd.Runnable() && !cmd.HasSubCommands() {
				t.Error("want a command that runs or has commands below it")
			}
		})
		for _, below := range cmd.Commands() {
			walk(below)
		}
	}
	walk(newRoot())
}

func TestWhatIsShownIsThereAsJSONToo(t *testing.T) {
	for _, path := range []string{"status", "documents", "version", "binding list", "binding show", "config check", "keys verify"} {
		t.Run(path, func(t *testing.T) {
			cmd, _, err := newRoot().Find(strings.Fields(path))
			if err != nil {
				t.Fatal(err)
			}
			if flag := cmd.Flags().Lookup("output"); flag == nil || flag.Shorthand != "o" || flag.DefValue != "table" {
				t.Errorf("its --output is %+v, want -o with table as default", flag)
			}
		})
	}
}
