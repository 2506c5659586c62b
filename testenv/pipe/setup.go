package pipe

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The user that mage2sage reads Magento with, and no more than it needs.
const (
	User     = "mage2sage"
	Password = "read-only"
)

// Grant makes the user on the source.
func Grant(ctx context.Context, db *sql.DB, database string) error {
	for _, statement := range []string{
		fmt.Sprintf("CREATE USER IF NOT EXISTS '%s'@'%%' IDENTIFIED BY '%s'", User, Password),
		fmt.Sprintf("GRANT SELECT ON `%s`.* TO '%s'@'%%'", database, User),
		fmt.Sprintf("GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO '%s'@'%%'", User),
	} {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("grant: %w", err)
		}
	}
	return nil
}

// Setup runs migrate, binding import and connect.
func (p *Pipe) Setup(ctx context.Context) error {
	if _, err := p.Run(ctx, "migrate"); err != nil {
		return err
	}
	if err := p.Import(ctx); err != nil {
		return err
	}
	return p.Connect(ctx)
}

// Import imports the binding's file.
func (p *Pipe) Import(ctx context.Context) error {
	_, err := p.Run(ctx, "binding", "import", p.Binding)
	return err
}

// Connect runs `connect` and plays the browser: it opens the URL that the command
// prints; the simulator consents and redirects to the command's callback.
func (p *Pipe) Connect(ctx context.Context) error {
	cmd := p.Command(ctx, "connect", "--binding", Binding, "--no-browser")
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if i := strings.Index(lines.Text(), "http"); i >= 0 && strings.Contains(lines.Text(), "client_id=") {
			if err := visit(ctx, strings.Fields(lines.Text()[i:])[0]); err != nil {
				return err
			}
		}
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("connect: %w: %s", err, strings.TrimSpace(said.String()))
	}
	return nil
}

func visit(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("connect: the browser saw %s", res.Status)
	}
	return nil
}

// Build compiles the binary into a folder.
func Build(ctx context.Context, dir string) (string, error) {
	binary := filepath.Join(dir, "mage2sage")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", binary, "github.com/mage2sage/mage2sage/cmd/mage2sage")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build mage2sage: %w: %s", err, out)
	}
	return binary, nil
}

// FreshDatabase makes a database in Postgres with psql and returns its URL.
func FreshDatabase(ctx context.Context, url, name string) (string, error) {
	cmd := exec.CommandContext(ctx, "psql", url, "-v", "ON_ERROR_STOP=1", "-qc", "CREATE DATABASE "+name)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("create database: %w: %s", err, out)
	}
	base, query, _ := strings.Cut(url, "?")
	fresh := base[:strings.LastIndex(base, "/")+1] + name
	if query != "" {
		fresh += "?" + query
	}
	return fresh, nil
}

// tail returns the last lines of a log file, for an error.
func tail(file string, n int) string {
	data, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
