package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
	"github.com/mage2sage/mage2sage/cmd/internal/view"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/finding"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

// ofThree is a cluster of three brokers, and a config file that leads to it.
func ofThree(t *testing.T, more string) (cluster *kfake.Cluster, file string) {
	t.Helper()
	cluster, err := kfake.NewCluster(kfake.NumBrokers(3))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cluster.Close)
	return cluster, configFile(t, fmt.Sprintf("kafka: {brokers: ['%s']%s}\n", cluster.ListenAddrs()[0], more))
}

func configFile(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "mage2sage.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// diagnosed runs doctor and returns its exit code and what it says of a check.
func diagnosed(t *testing.T, check string, line ...string) (code int, all diagnoses) {
	t.Helper()
	var out bytes.Buffer
	root := newRoot()
	root.SetOut(&out)
	root.SetErr(&bytes.Buffer{})
	root.SetArgs(append(line, "doctor", "-o", "json"))
	code = execute(t.Context(), root)
	var read diagnoses
	if err := json.Unmarshal(out.Bytes(), &read); err != nil {
		t.Fatalf("%v in\n%s", err, out.String())
	}
	for _, d := range read {
		if d.Check == check {
			all = append(all, d)
		}
	}
	return code, all
}

func TestDoctorEndsByTheWorstThatItFound(t *testing.T) {
	_, well := ofThree(t, "")
	_, oneCopy := ofThree(t, ", replication_factor: 1")
	nobody := configFile(t, "kafka: {brokers: ['127.0.0.1:1']}\n")
	for name, c := range map[string]struct {
		file string
		line []string
		want int
	}{
		"nothing to say":              {well, []string{"--for", "transform", "--strict"}, exitPerson}, // the raw topics are not there yet
		"a warning":                   {oneCopy, []string{"--for", "transform"}, exitWell},
		"a warning that counts":       {oneCopy, []string{"--for", "transform", "--strict"}, exitPerson},
		"a fault":                     {nobody, []string{"--for", "sink"}, exitPerson},
		"a config file that lacks":    {well, nil, exitMistake}, // the source of run
		"a process that there is not": {well, []string{"--for", "printer"}, exitMistake},
	} {
		t.Run(name, func(t *testing.T) {
			if code, said := exitOf(t, t.Context(), append([]string{"-c", c.file, "doctor"}, c.line...)...); code != c.want {
				t.Errorf("it ends with %d, want %d:\n%s", code, c.want, said)
			}
		})
	}
}

func TestDoctorSaysOfEachCheckHowItWentForPeopleAndPrograms(t *testing.T) {
	_, file := ofThree(t, ", replication_factor: 1")
	code, said := exitOf(t, t.Context(), "-c", file, "doctor", "--for", "transform")
	for _, line := range []string{"pass  broker  reachable (127.0.0.1:", "pass  broker  brokers (3)", "pass  broker  cleanup.policy\n",
		"warn  broker  replication factor: the topic mage2sage.canonical.invoice has one copy in a cluster of 3 brokers: it is lost with the disk of one, when it is made: set kafka.replication_factor to 3\n",
		" pass, ", " warn, 0 fail\n"} {
		if code != exitWell || !strings.Contains(said, line) {
			t.Errorf("it ends with %d and says\n%s\nwant %q", code, said, line)
		}
	}
	if _, all := diagnosed(t, "replication factor", "-c", file, "--for=transform"); len(all) == 0 || all[0].State != finding.Warn || all[0].Part != "broker" || all[0].Hint == "" {
		t.Errorf("as JSON it says %+v", all)
	}
}

func TestDoctorHoldsTheTopicsAgainstTheNumberThatTheSourceIsPinnedTo(t *testing.T) {
	cluster, file := ofThree(t, ", partitions: 4")
	client := topic.Dial(cluster.ListenAddrs())
	defer client.Close()
	names := topic.Names{Prefix: "mage2sage"}
	made := captureNeeds(config.Default(), 6).And(transformNeeds(config.Default(), 6)).Made()
	if err := client.Ensure(t.Context(), made); err != nil {
		t.Fatal(err)
	}
	key, _ := json.Marshal(change.SourceKey{Source: "shop"})
	value, _ := json.Marshal(change.Checkpoint{Partitions: map[change.Domain]int{change.Sales: 6}})
	if _, err := client.Produce(t.Context(), names.Offsets(), 0, []topic.Record{{Key: key, Value: value}}); err != nil {
		t.Fatal(err)
	}
	if code, all := diagnosed(t, "kafka.partitions", "-c", file, "--for=sink"); code != exitPerson || len(all) != 1 || all[0].State != finding.Fail || all[0].Hint != "set kafka.partitions to 6" {
		t.Errorf("it ends with %d and says %+v", code, all)
	}
	if _, all := diagnosed(t, "topics", "-c", file, "--for=transform"); len(all) != 1 || all[0].State != finding.Pass {
		t.Errorf("topics as the source is pinned are said to be %+v", all)
	}
}

func TestTheEmbeddedBrokerThatRunBringsWithItIsNoFaultBeforeItsStart(t *testing.T) {
	dir := t.TempDir()
	file := configFile(t, fmt.Sprintf("source: {name: shop, host: 127.0.0.1, port: 1, user: m, password: p, database: d}\nkafka: {data_dir: %q}\n", dir))
	for process, want := range map[string]finding.State{"run": finding.Warn, "sink": finding.Fail, "capture,transform": finding.Fail} {
		if _, all := diagnosed(t, "reachable", "-c", file, "--for="+process); len(all) != 1 || all[0].State != want {
			t.Errorf("for %s it says %+v, want %s", process, all, want)
		}
	}
	broker, err := embedded.Start(dir, "")
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	if code, all := diagnosed(t, "reachable", "-c", file, "--for=transform"); code != exitWell || len(all) != 1 || all[0].State != finding.Pass {
		t.Errorf("with a broker it ends with %d and says %+v", code, all)
	}
}

func TestDoctorLooksAtTheSourceWhereCaptureRuns(t *testing.T) {
	_, file := ofThree(t, "")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	file = configFile(t, string(text)+"source: {name: shop, host: 127.0.0.1, port: 1, user: m, password: p, database: d}\n")
	for process, want := range map[string]int{"run": 1, "capture": 1, "transform": 0, "sink": 0} {
		if _, all := diagnosed(t, "connection", "-c", file, "--for="+process); len(all) != want || want == 1 && (all[0].Part != "source" || all[0].State != finding.Fail) {
			t.Errorf("for %s it says %+v of the source", process, all)
		}
	}
}

func TestAStartWarnsOfATopicThatIsSetOtherwiseAndLeavesItSo(t *testing.T) {
	cluster, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	d, lines := newDeps(t)
	d.topics = topic.Dial(cluster.ListenAddrs())
	defer d.topics.Close()
	specs := captureNeeds(d.config, 6).Made()
	for i := range specs {
		specs[i].MinCompactionLag = 0
	}
	specs = append(specs[:1:1], topic.Spec{Name: specs[1].Name, Partitions: specs[1].Partitions, DeleteRetention: 1e9})
	if err := d.topics.Ensure(t.Context(), specs); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a second start would find it changed
		lines.buf.Reset()
		warnOfTopics(t.Context(), d, []stage{captureStage, {name: "none"}})
		if !strings.Contains(lines.String(), `"a topic is set otherwise than it would be made"`) || !strings.Contains(lines.String(), specs[1].Name+" has delete.retention.ms=1000: ") {
			t.Errorf("the log says %q", lines)
		}
	}
	lines.buf.Reset()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	waiting := stage{name: "capture", needs: captureNeeds, run: func(ctx context.Context, _ deps) error {
		for !strings.Contains(lines.String(), "set otherwise") && ctx.Err() == nil {
			runtime.Gosched()
		}
		return errors.Join(ctx.Err(), errors.New("seen"))
	}}
	if err := serve(ctx, d, waiting); err == nil || err.Error() != "capture: seen" {
		t.Errorf("a stage that waits for the warning ends with %v", err)
	}
	lines.buf.Reset()
	warnOfTopics(t.Context(), d, []stage{transformStage})
	if lines.String() != "" {
		t.Errorf("the topics of others are warned of: %s", lines)
	}
}

func TestDoctorSaysWhenTheServerIsAboutToPurgeWhatCaptureHasNotRead(t *testing.T) {
	hour := int64(3600)
	for name, c := range map[string]struct {
		left *view.Retention
		want []finding.State
	}{
		"not known":     {nil, nil},
		"nothing to do": {&view.Retention{}, []finding.State{finding.Pass}},
		"an hour left":  {&view.Retention{BehindSeconds: 86_400, PurgeSeconds: &hour}, []finding.State{finding.Fail}},
	} {
		t.Run(name, func(t *testing.T) {
			var states []finding.State
			for _, f := range whatIsLeft(c.left) {
				states = append(states, f.State())
				if !f.OK() && (!strings.Contains(f.Problem, "in 1h0m0s") || !strings.HasPrefix(f.Hint, "let capture run")) {
					t.Errorf("%s", f)
				}
			}
			if !slices.Equal(states, c.want) {
				t.Errorf("%v, want %v", states, c.want)
			}
		})
	}
}

func TestTopicsOfTablesAreLookedAtWhereTheyAreAskedFor(t *testing.T) {
	c := config.Default()
	c.Source.Database, c.Source.TablePrefix = "magento", "m2_"
	asked := func() bool {
		return slices.ContainsFunc(captureNeeds(c, 6).Made(), func(s topic.Spec) bool { return s.Name == "mage2sage.magento.m2_sales_order" && s.Partitions == 6 })
	}
	if asked() {
		t.Error("nobody asked for them")
	}
	if c.Kafka.TableTopics = true; !asked() {
		t.Error("the topic of sales_order is not looked at")
	}
}
