package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// An invocation is a command with arguments that are right, and the exit codes that differ
// from those of most commands.
type invocation struct {
	args     string // after the command's own words
	noConfig bool   // it reads no config file
	away     int    // while no server answers
	well     bool   // it can be done over an empty database
}

// invocations has every command: TestEveryCommandHasItsExitCodes fails for one without.
var invocations = map[string]invocation{
	"binding disconnect": {args: "shop-uk", away: exitPerson},
	"binding export":     {args: "shop-uk", away: exitPerson, well: true},
	"binding import":     {args: "binding.yaml", away: exitPerson, well: true},
	"binding list":       {away: exitPerson, well: true},
	"binding rebind":     {args: "shop-uk", away: exitPerson},
	"binding resume":     {args: "shop-uk", away: exitPerson, well: true},
	"binding show":       {args: "shop-uk", away: exitPerson, well: true},
	"capture":            {away: exitPerson},
	"config check":       {away: exitWell, well: true},
	"connect":            {args: "--binding shop-uk --no-browser --paste", away: exitPerson},
	"document settle":    {args: "invoice:5 --retry", away: exitPerson},
	"doctor":             {away: exitPerson},
	"documents":          {away: exitPerson, well: true},
	"duplicates":         {away: exitPerson, well: true},
	"keys rotate":        {away: exitPerson, well: true},
	"keys verify":        {away: exitPerson, well: true},
	"migrate":            {away: exitPerson, well: true},
	"operation settle":   {args: "1 --not-in-sage", away: exitPerson},
	"purge":              {args: "--plan", away: exitPerson, well: true},
	"record list":        {away: exitPerson, well: true},
	"record retry":       {args: "t/0@0", away: exitPerson},
	"record skip":        {args: "t/0@0", away: exitPerson},
	"replay":             {args: "--entity invoice --all", away: exitPerson},
	"run":                {away: exitPerson},
	"sage accounts":      {args: "--binding shop-uk", away: exitPerson},
	"sage banks":         {args: "--binding shop-uk", away: exitPerson},
	"sage tax-rates":     {args: "--binding shop-uk", away: exitPerson},
	"sink":               {away: exitPerson},
	"sink hold":          {args: "--note test", away: exitPerson, well: true},
	"sink release":       {away: exitPerson, well: true},
	"snapshot":           {args: "--table sales_order", away: exitPerson},
	"source check":       {away: exitPerson},
	"source list":        {away: exitPerson, well: true},
	"source move":        {args: "shop --to other", away: exitPerson},
	"status":             {away: exitCannotTell},
	"topics":             {away: exitWell, well: true},
	"transform":          {away: exitPerson},
	"transform rebuild":  {away: exitPerson},
	"transform skip":     {args: "--at mage2sage.sales/0@1 --note test", away: exitPerson},
	"xref rebuild":       {args: "--binding shop-uk", away: exitPerson},
	"version":            {noConfig: true, away: exitWell, well: true},
}

// exitFile is a config file that is complete, with servers that are away.
func exitFile(t *testing.T, brokers, postgres string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mage2sage.yaml")
	text := `
source: {host: 127.0.0.1, port: 1, user: m, password: p, database: magento}
kafka: {brokers: "` + brokers + `", data_dir: nowhere}
postgres: {url: "` + postgres + `"}
metrics: {listen: ""}
sage:
  api_url: http://127.0.0.1:1
  client_id: id
  client_secret: hunter2
  encryption_keys: [{id: k1, key: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}]
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// exitOf runs a command line and returns its exit code and all that it says.
func exitOf(t *testing.T, ctx context.Context, line ...string) (code int, said string) {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetIn(strings.NewReader(""))
	root.SetArgs(line)
	return execute(ctx, root), out.String()
}

// leaves lists the commands that do something, by their words.
func leaves(cmd *cobra.Command) (all []string) {
	for _, below := range cmd.Commands() {
		if below.Name() == "help" || below.Name() == "completion" {
			continue
		}
		if below.HasSubCommands() {
			all = append(all, leaves(below)...)
		}
		if _, mere := below.Annotations[family]; !mere {
			all = append(all, strings.TrimPrefix(below.CommandPath(), "mage2sage "))
		}
	}
	return all
}

// TestEveryCommandHasItsExitCodes walks README's table of exit codes over every command.
func TestEveryCommandHasItsExitCodes(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"binding.yaml": "binding: shop-uk\nsource: shop\n",
		"broken.yaml":  "prefix: [a]\n",
		"unset.yaml":   "prefix: ${NO_SUCH_VARIABLE}\n",
		"lacking.yaml": "prefix: \"\"\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	away := exitFile(t, "127.0.0.1:1", "postgres://x@127.0.0.1:1/x")
	for _, command := range leaves(newRoot()) {
		c, ok := invocations[command]
		if !ok {
			t.Errorf("%s has no row in the table", command)
			continue
		}
		right := append(strings.Fields(command), strings.Fields(c.args)...)
		mistake := exitMistake
		if c.noConfig {
			mistake = exitWell
		}
		for name, e := range map[string]struct {
			file string
			more []string
			want int
		}{
			"no config file":             {"nowhere.yaml", nil, mistake},
			"a config file of a folder":  {".", nil, mistake},
			"a broken config file":       {"broken.yaml", nil, mistake},
			"a variable that is not set": {"unset.yaml", nil, mistake},
			"a config file that lacks":   {"lacking.yaml", nil, mistake},
			"an unknown flag":            {away, []string{"--loud"}, exitMistake},
			"an argument too many":       {away, []string{"one", "two", "three", "four"}, exitMistake},
			"servers that are away":      {away, nil, c.away},
		} {
			t.Run(command+"/"+name, func(t *testing.T) {
				if code, said := exitOf(t, t.Context(), append([]string{"--config", e.file}, append(right, e.more...)...)...); code != e.want {
					t.Errorf("it ends with %d, want %d, and says\n%s", code, e.want, said)
				}
			})
		}
	}
	for command := range invocations {
		if cmd, _, err := newRoot().Find(strings.Fields(command)); err != nil || cmd.CommandPath() != "mage2sage "+command {
			t.Errorf("the table has %s, and there is no such command", command)
		}
	}
}

// TestWhatIsRefusedBeforeItBeginsIsAMistake has what cobra's own errors have no type for.
func TestWhatIsRefusedBeforeItBeginsIsAMistake(t *testing.T) {
	away := exitFile(t, "127.0.0.1:1", "postgres://x@127.0.0.1:1/x")
	t.Chdir(t.TempDir())
	if err := os.WriteFile("wrong.yaml", []byte("binding: \"a b\"\nsource: s\npolicy: {tax_rate_map: {standard: x}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for line, says := range map[string]string{
		"bindng":                              "unknown command",
		"binding lst":                         "unknown command",
		"connect":                             `"binding" not set`,
		"connect --binding=":                  "--binding is empty",
		"replay --entity invoice --from=":     "--from is empty",
		"replay --entity invoice --all=false": "--all=false says nothing",
		"snapshot --table sales_order --where-key=": "--where-key is empty",
		"transform skip --list=false --note x":      "--list=false says nothing",
		"source move shop --to=":                    "--to is empty",
		"operation settle 1":                        "[as not-in-sage]",
		"operation settle 1 --as":                   "needs an argument",
		"operation settle 1 --as x --not-in-sage":   "[as not-in-sage]",
		"operation settle 1 --as=":                  "--as is empty",
		"operation settle one --as x":               "is no number",
		"record skip t 0 x":                         "write topic, partition and offset",
		"record retry t x 0":                        "write topic, partition and offset",
		"record skip t/0":                           "such as mage2sage.sales/3@17",
		"transform skip --at mage2sage.sales/0@1":   `"note" not set`,
		"transform skip --note why --at sales":      "write topic, partition and offset",
		"transform skip --note why --at sales/0@1":  "no topic that transform reads",
		"transform skip --list --at a/0@1":          "[at list]",
		"replay --all":                              "[entity key]",
		"replay --entity invoice":                   "[key from to partition all]",
		"replay --entity parcel --all":              "creditmemo",
		"replay --entity invoice --from May":        "write a date",
		"replay --entity invoice --key order:1":     "of the kind",
		"documents --state bogus":                   "--state",
		"documents --limit -1":                      "--limit",
		"documents --limit x":                       "--limit",
		"documents -o xml":                          "write table or json",
		"sage accounts --binding b -o xml":          "write table or json",
		"binding import none.yaml":                  "none.yaml: the file cannot be read (no such file or directory): write it",
		"binding import wrong.yaml":                 `wrong.yaml: binding "a b": write a name of letters`,
		"config check --for printer":                "write run, capture",
		"doctor --for printer":                      "write run, capture",
		"doctor --for capture,printer":              `--for "printer": write run, capture`,
		"status --for run --for printer":            "write run, capture",
		"status --for=":                             "--for is empty",
		"doctor -o xml":                             "write table or json",
		"keys verify -o xml":                        "write table or json",
	} {
		t.Run(line, func(t *testing.T) {
			code, said := exitOf(t, t.Context(), append([]string{"--config", away}, strings.Fields(line)...)...)
			if code != exitMistake || !strings.Contains(said, says) {
				t.Errorf("it ends with %d, want %d and %q:\n%s", code, exitMistake, says, said)
			}
		})
	}
}

// TestWhatCanBeDoneEndsWithZero runs what needs no more than an empty database and a broker.
func TestWhatCanBeDoneEndsWithZero(t *testing.T) {
	file := exitFile(t, servers.KafkaForTest(t), servers.DatabaseForTest(t))
	t.Chdir(t.TempDir())
	if err := os.WriteFile("binding.yaml", []byte("binding: shop-uk\nsource: shop\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, command := range append([]string{"migrate", "binding import"}, leaves(newRoot())...) {
		if c := invocations[command]; c.well {
			t.Run(command, func(t *testing.T) {
				line := append([]string{"--config", file}, append(strings.Fields(command), strings.Fields(c.args)...)...)
				if code, said := exitOf(t, t.Context(), line...); code != exitWell {
					t.Errorf("it ends with %d:\n%s", code, said)
				}
			})
		}
	}
	for line, says := range map[string]string{
		"binding show nobody": "", "source move nobody --to x": "", "operation settle 1 --not-in-sage": "",
		"connect --binding nobody --paste": "", "sage banks --binding nobody": "",
		"record skip t/0@7": "t/0@7 is not set aside by the sink", "record skip t 0 7": "t/0@7 is not set aside by the sink",
	} {
		t.Run(line, func(t *testing.T) {
			if code, said := exitOf(t, t.Context(), append([]string{"--config", file}, strings.Fields(line)...)...); code != exitPerson || !strings.Contains(said, says) {
				t.Errorf("it ends with %d, want %d and %q:\n%s", code, exitPerson, says, said)
			}
		})
	}
}

// TestExitCodesWithoutPostgres has a config file for the topics alone, over a broker without any.
func TestExitCodesWithoutPostgres(t *testing.T) {
	cluster, _ := ofThree(t, "")
	file := func(brokers string) string {
		return configFile(t, "kafka: {brokers: ['"+brokers+"']}\nmetrics: {listen: ''}\n")
	}
	reached, away := file(cluster.ListenAddrs()[0]), file("127.0.0.1:1")
	const skip = "mage2sage transform skip --at mage2sage.sales/3@17 --note WHY"
	const because = "\njudged     capture and transform alone, because postgres.url is empty"
	for line, c := range map[string]struct {
		file string
		code int
		says string
	}{
		"status":                            {reached, exitPerson, because},
		"status -o json":                    {reached, exitPerson, `"sink": null,`},
		"status --for capture,transform":    {reached, exitPerson, "\njudged     capture and transform alone\n"},
		"status --for transform -o table":   {reached, exitPerson, "a person is needed: transform is not running"},
		"status --for sink":                 {reached, exitMistake, "postgres.url is empty"},
		"status --for capture --for run":    {reached, exitMistake, "postgres.url is empty"},
		"record list":                       {reached, exitWell, "what the sink has set aside is left out, because postgres.url is empty"},
		"record list -o json":               {reached, exitWell, "\n[]\n"},
		"record list -o table":              {away, exitPerson, "what transform has set aside is unknown"},
		"record retry mage2sage.sales 3 17": {reached, exitMistake, skip},
		"record skip mage2sage.sales 3 17":  {reached, exitMistake, skip},
		"status --output table":             {away, exitCannotTell, "cannot tell: capture and transform wait for the broker"},
		"status --for transform --for run":  {away, exitMistake, "postgres.url is empty"},
	} {
		t.Run(line, func(t *testing.T) {
			code, said := exitOf(t, t.Context(), append([]string{"--config", c.file}, strings.Fields(line)...)...)
			if code != c.code || !strings.Contains(said, c.says) || code == exitPerson && (strings.Contains(said, "sink is") || strings.Contains(said, "sage       unknown")) {
				t.Errorf("it ends with %d, want %d and %q, and nothing of the sink:\n%s", code, c.code, c.says, said)
			}
		})
	}
}

func TestAStageThatIsToldToEndEndsWithZero(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	for _, command := range []string{"run", "capture", "transform", "sink"} {
		t.Run(command, func(t *testing.T) {
			if code, said := exitOf(t, ctx, "--config", exitFile(t, "127.0.0.1:1", "postgres://x@127.0.0.1:1/x"), command); code != exitWell {
				t.Errorf("it ends with %d:\n%s", code, said)
			}
		})
	}
}
