package testenv_test

import (
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/mage2sage/mage2sage/testenv/pipe"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// compose is the file as Docker reads it.
func compose(t *testing.T) *types.Project {
	t.Helper()
	text, err := os.ReadFile("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	project, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir:  here,
		ConfigFiles: []types.ConfigFile{{Filename: "compose.yaml", Content: text}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// A composeConfig is the part of the config file within the compose file that
// names other services. Package config holds its keys against the code.
type composeConfig struct {
	Source    struct{ Host, User, Password, Database string }
	Kafka     struct{ Brokers []string }
	Postgres  struct{ URL string }
	Transform struct {
		StateDir string `yaml:"state_dir"`
	}
	Sage struct {
		APIURL string `yaml:"api_url"`
	}
	Metrics struct{ Listen string }
}

func readConfig(t *testing.T, project *types.Project) (c composeConfig) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(project.Configs["mage2sage"].Content), &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestComposeConfigPointsAtTheServicesBesideIt(t *testing.T) {
	project := compose(t)
	c := readConfig(t, project)
	postgres, err := url.Parse(c.Postgres.URL)
	if err != nil {
		t.Fatal(err)
	}
	password, _ := postgres.User.Password()
	environment := project.Services["postgres"].Environment
	sageURL, err := url.Parse(c.Sage.APIURL)
	if err != nil {
		t.Fatal(err)
	}
	_, sagePort, _ := net.SplitHostPort(after(t, project.Services["sage"].Command, "--listen"))
	grants := project.Configs["grants"].Content
	for what, pair := range map[string][2]string{
		"the source":            {c.Source.Host, "mariadb"},
		"the broker":            {"PLAINTEXT://" + c.Kafka.Brokers[0], *project.Services["kafka"].Environment["KAFKA_ADVERTISED_LISTENERS"]},
		"Postgres's host":       {postgres.Hostname(), "postgres"},
		"Postgres's user":       {postgres.User.Username(), *environment["POSTGRES_USER"]},
		"Postgres's password":   {password, *environment["POSTGRES_PASSWORD"]},
		"Postgres's database":   {strings.TrimPrefix(postgres.Path, "/"), *environment["POSTGRES_DB"]},
		"Sage's host":           {sageURL.Host, "sage:" + sagePort},
		"the state's folder":    {filepath.Dir(c.Transform.StateDir), project.Services["mage2sage"].Volumes[0].Target},
		"the tested Kafka":      {"apache/kafka:" + servers.KafkaVersion, project.Services["kafka"].Image},
		"the workload's server": {after(t, project.Services["shop"].Command, "--dsn"), "root:" + *project.Services["mariadb"].Environment["MARIADB_ROOT_PASSWORD"] + "@tcp(mariadb:3306)/"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %q, want %q", what, pair[0], pair[1])
		}
	}
	for _, want := range []string{
		"'" + c.Source.User + "'@'%' IDENTIFIED BY '" + c.Source.Password + "'",
		"GRANT SELECT ON `" + c.Source.Database + "`.*",
	} {
		if !strings.Contains(grants, want) {
			t.Errorf("the grants lack %q", want)
		}
	}
}

func TestComposePublishesOnThisMachineAloneWhatIsListenedOn(t *testing.T) {
	project := compose(t)
	c := readConfig(t, project)
	listening := map[string][]string{
		"mage2sage": {c.Metrics.Listen},
		"sage":      {after(t, project.Services["sage"].Command, "--listen")},
	}
	for name, service := range project.Services {
		var published []string
		for _, port := range service.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s publishes %s on %q", name, port.Published, port.HostIP)
			}
			published = append(published, net.JoinHostPort("0.0.0.0", port.Published))
		}
		if diff := cmp.Diff(listening[name], published); diff != "" {
			t.Errorf("%s listens on and publishes (-listens +publishes):\n%s", name, diff)
		}
	}
}

func TestComposeWaitsForHealthOfWhatItNeeds(t *testing.T) {
	project := compose(t)
	for name, service := range project.Services {
		for needed, how := range service.DependsOn {
			if how.Condition == types.ServiceConditionHealthy && project.Services[needed].HealthCheck == nil {
				t.Errorf("%s waits for the health of %s, which has no health check", name, needed)
			}
		}
		if _, tag, found := strings.Cut(service.Image, ":"); service.Build == nil && (!found || tag == "latest") {
			t.Errorf("%s runs %s: pin a version", name, service.Image)
		}
	}
}

func TestComposeBindingIsTheSimulators(t *testing.T) {
	var got, want map[string]any
	if err := yaml.Unmarshal([]byte(compose(t).Configs["binding"].Content), &got); err != nil {
		t.Fatal(err)
	}
	text := "binding: " + pipe.Binding + "\nsource: shop\npolicy:\n" + chart.Policy()
	if err := yaml.Unmarshal([]byte(text), &want); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the binding (-the pipe's +compose):\n%s", diff)
	}
}

// TestComposeCommandsExist asks each program for the help of each command that
// the file runs, and finds the flags there.
func TestComposeCommandsExist(t *testing.T) {
	project := compose(t)
	programs := t.TempDir()
	for program, path := range map[string]string{"mage2sage": "./cmd/mage2sage", "sagesim": "./testenv/sagesim", "shop": "./testenv/shop/cmd"} {
		build := exec.Command("go", "build", "-o", filepath.Join(programs, program), path)
		build.Dir = ".."
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", program, err, out)
		}
	}
	mage2sage := project.Services["mage2sage"]
	commands := map[string][]string{
		"mage2sage":             append([]string{"mage2sage"}, mage2sage.Command...),
		"mage2sage's health":    mage2sage.HealthCheck.Test[1:],
		"sage":                  project.Services["sage"].Command,
		"shop":                  project.Services["shop"].Command,
		"setup: migrate":        {"mage2sage", "migrate"},
		"setup: binding import": {"mage2sage", "binding", "import"},
		"setup: connect":        {"mage2sage", "connect", "--binding", "--no-browser"},
	}
	script := project.Services["setup"].Command[2]
	for name, words := range commands {
		if step, isSetup := strings.CutPrefix(name, "setup: "); isSetup && !strings.Contains(script, step) {
			t.Errorf("setup does not run %s", step)
		}
		requireHelp(t, filepath.Join(programs, words[0]), words[1:])
	}
}

// requireHelp runs the subcommand among the words with --help and looks for the flags.
func requireHelp(t *testing.T, program string, words []string) {
	t.Helper()
	flags := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return !strings.HasPrefix(w, "--") })
	var subcommand []string
	if filepath.Base(program) == "mage2sage" {
		subcommand = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return strings.HasPrefix(w, "--") || strings.HasPrefix(w, "/") })
	}
	out, err := exec.Command(program, append(subcommand, "--help")...).CombinedOutput()
	if err != nil {
		t.Errorf("%s %v --help: %v\n%s", filepath.Base(program), subcommand, err, out)
		return
	}
	if len(subcommand) > 0 && !strings.Contains(string(out), strings.Join(append([]string{"mage2sage"}, subcommand...), " ")) {
		t.Errorf("mage2sage has no command %v", subcommand)
	}
	for _, flag := range flags {
		if !strings.Contains(string(out), strings.TrimPrefix(flag, "-")) {
			t.Errorf("%s %v has no flag %s", filepath.Base(program), subcommand, flag)
		}
	}
}

// after is the word that follows flag.
func after(t *testing.T, words []string, flag string) string {
	t.Helper()
	i := slices.Index(words, flag)
	if i < 0 || i+1 == len(words) {
		t.Fatalf("%v has no %s", words, flag)
	}
	return words[i+1]
}
