package readers

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// The releases of Flink and of its connector for Kafka.
const (
	flinkVersion     = "1.20.3"
	connectorVersion = "3.4.0-1.20"
)

func installFlink(ctx context.Context, name string, step func(string, ...any)) (string, error) {
	var jars []string
	for _, artifact := range []string{"flink-dist", "flink-table-planner-loader", "flink-table-api-java-uber", "flink-table-runtime", "flink-sql-client", "flink-json"} {
		jars = append(jars, withoutOthers("org.apache.flink", artifact, flinkVersion, ""))
	}
	jars = append(jars, withoutOthers("org.apache.flink", "flink-sql-connector-kafka", connectorVersion, ""),
		withoutOthers("org.slf4j", "slf4j-api", "1.7.36", ""), withoutOthers("org.slf4j", "slf4j-simple", "1.7.36", ""))
	return servers.InstallJars(ctx, name, project("flink", jars...), step)
}

// flinkSettings is a cluster inside the client, which prints each change of a result as a line.
const flinkSettings = `execution.target: local
sql-client.execution.result-mode: tableau
parallelism.default: 1
taskmanager.numberOfTaskSlots: 4
`

// opened are the packages of the JDK that Flink reaches into, as its own scripts open them.
var opened = []string{"java.base/java.lang", "java.base/java.net", "java.base/java.io", "java.base/java.nio", "java.base/java.time", "java.base/java.util",
	"java.base/java.util.concurrent", "java.base/java.util.concurrent.atomic", "java.base/java.text", "java.base/java.lang.reflect", "java.base/sun.nio.ch"}

// RunFlink runs statements and returns what the client printed.
func RunFlink(t testing.TB, statements string) string {
	t.Helper()
	installed, dir := flink.forTest(t), t.TempDir()
	for name, text := range map[string]string{"config.yaml": flinkSettings, "statements.sql": statements} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := []string{"-Xmx768m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"}
	for _, p := range opened {
		args = append(args, "--add-opens", p+"=ALL-UNNAMED")
	}
	args = append(args, "-cp", filepath.Join(installed, "lib", "*"), "org.apache.flink.table.client.SqlClient", "embedded", "-f", filepath.Join(dir, "statements.sql"))
	cmd := exec.CommandContext(t.Context(), "java", args...)
	cmd.Env = append(os.Environ(), "FLINK_CONF_DIR="+dir)
	out, err := run(cmd)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
