package readers

import (
	"context"
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// The releases of Flink and of its connector for Kafka.
const (
	flinkVersion     = "2.2.1"
	connectorVersion = "5.0.0-2.2"
)

//go:embed Recipe.java
var recipeSource string

func installFlink(ctx context.Context, name string, step func(string, ...any)) (string, error) {
	var jars []string
	for _, artifact := range []string{"flink-clients", "flink-connector-base", "flink-json", "flink-table-api-java-bridge", "flink-table-planner-loader", "flink-table-runtime"} {
		jars = append(jars, dependency("org.apache.flink", artifact, flinkVersion, ""))
	}
	jars = append(jars, dependency("org.apache.flink", "flink-sql-connector-kafka", connectorVersion, ""), dependency("org.slf4j", "slf4j-simple", "1.7.36", ""))
	return servers.InstallJars(ctx, name, project("flink", jars...), step)
}

// opened are the packages of the JDK that Flink reaches into, as its own scripts open them.
var opened = []string{"java.base/java.lang", "java.base/java.lang.invoke", "java.base/java.lang.reflect", "java.base/java.io", "java.base/java.net", "java.base/java.nio",
	"java.base/java.text", "java.base/java.time", "java.base/java.util", "java.base/java.util.concurrent", "java.base/java.util.concurrent.atomic", "java.base/sun.nio.ch"}

// RunFlink runs statements in a cluster of its own process, and returns what they printed.
func RunFlink(t testing.TB, statements string) string {
	t.Helper()
	installed, dir := flink.forTest(t), t.TempDir()
	for name, text := range map[string]string{"Recipe.java": recipeSource, "statements.sql": statements} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"-Xmx768m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"}
	for _, p := range opened {
		args = append(args, "--add-opens", p+"=ALL-UNNAMED")
	}
	args = append(args, "-cp", filepath.Join(installed, "lib", "*"), filepath.Join(dir, "Recipe.java"), filepath.Join(dir, "statements.sql"))
	out, err := run(exec.CommandContext(t.Context(), "java", args...))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// Columns are the cells of the lines that print a change of a result: what happened (+I, -U, +U,
// -D), and the values.
func Columns(printed string) (all [][]string) {
	for line := range strings.Lines(printed) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if len(cells) > 1 && len(cells[0]) == 2 && strings.ContainsAny(cells[0][:1], "+-") {
			all = append(all, cells)
		}
	}
	return all
}

// FlinkForTest skips a test where nobody asked for Flink, and where the broker is kfake, whose
// description of topics Flink's client does not read.
func FlinkForTest(t testing.TB) {
	t.Helper()
	if servers.RealKafkaForTest(t) == "" {
		t.Skip("Flink needs a real Kafka: KAFKA=real")
	}
	flink.forTest(t)
}
