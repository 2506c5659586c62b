package readers

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/mage2sage/mage2sage/testenv/ports"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// registryVersion is the newest release of Apicurio Registry that Java 17 runs.
const registryVersion = "2.6.13.Final"

func installRegistry(ctx context.Context, name string, step func(string, ...any)) (string, error) {
	archive := dependency("io.apicurio", "apicurio-registry-app", registryVersion, "<classifier>all</classifier><type>tar.gz</type>"+
		"<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>") // it has them in it
	return servers.InstallJars(ctx, name, project("schema-registry", archive), step)
}

// StartRegistry starts a schema registry for a test, and returns the URL of its Confluent API.
func StartRegistry(t testing.TB) string {
	t.Helper()
	installed, dir := registry.forTest(t), t.TempDir()
	archive := filepath.Join(installed, "lib", "apicurio-registry-app-"+registryVersion+"-all.tar.gz")
	if _, err := run(exec.CommandContext(t.Context(), "tar", "xzf", archive, "-C", dir)); err != nil {
		t.Fatal(err)
	}
	port, err := ports.Free()
	if err != nil {
		t.Fatal(err)
	}
	url := fmt.Sprintf("http://127.0.0.1:%d/apis/ccompat/v7", port)
	server := servers.NewProcess("schema registry", filepath.Join(dir, "log"), func() *exec.Cmd {
		cmd := exec.Command("java", "-Xmx512m", "-jar", "apicurio-registry-app-"+registryVersion+"-runner.jar")
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "QUARKUS_HTTP_HOST=127.0.0.1", fmt.Sprintf("QUARKUS_HTTP_PORT=%d", port))
		return cmd
	}, func(ctx context.Context) error { return answers(ctx, url+"/subjects") })
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Kill)
	return url
}

// answers is nil once a server does.
func answers(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s", url, response.Status)
	}
	return nil
}
