package servers

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

const debianKeyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

// notNeeded are dependencies that only serve installation on a real system.
var notNeeded = regexp.MustCompile(`^(perl|libperl|libgdbm|libdb5|debconf|libdbi-perl|passwd|systemd|util-linux|coreutils|dpkg|tar|init-system)`)

// A privateApt is apt-get with lists, status and archives of its own. Its
// status is empty, so it resolves down to the C library.
type privateApt struct {
	dir     string
	options []string
}

func newPrivateApt(ctx context.Context, dir, suite string) (*privateApt, error) {
	mirror, err := debianMirror()
	if err != nil {
		return nil, err
	}
	for _, folder := range []string{"state/lists/partial", "cache/archives/partial", "debs"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o755); err != nil {
			return nil, err
		}
	}
	sources := filepath.Join(dir, "sources.list")
	line := fmt.Sprintf("deb [signed-by=%s] %s %s main\n", debianKeyring, mirror, suite)
	if err := errors.Join(
		os.WriteFile(sources, []byte(line), 0o644),
		os.WriteFile(filepath.Join(dir, "state/status"), nil, 0o644),
	); err != nil {
		return nil, err
	}
	apt := &privateApt{dir: dir, options: []string{
		"-qq",
		"-o", "Dir::Etc::sourcelist=" + sources,
		"-o", "Dir::Etc::sourceparts=/dev/null",
		"-o", "Dir::Etc::preferences=/dev/null",
		"-o", "Dir::Etc::preferencesparts=/dev/null",
		"-o", "Dir::State=" + filepath.Join(dir, "state"),
		"-o", "Dir::State::status=" + filepath.Join(dir, "state/status"),
		"-o", "Dir::Cache=" + filepath.Join(dir, "cache"),
		"-o", "Acquire::Languages=none",
		"-o", "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
		"-o", "APT::Sandbox::User=root",
		"-o", "Debug::NoLocking=1",
	}}
	return apt, command(ctx, "", "apt-get", append(apt.options, "update")...)
}

// resolve returns name=version of the packages and of all that they need.
func (a *privateApt) resolve(ctx context.Context, packages ...string) ([]string, error) {
	args := append(append([]string{}, a.options...), "-s", "--no-install-recommends", "install")
	out, err := exec.CommandContext(ctx, "apt-get", append(args, packages...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("resolve packages: %w", err)
	}
	var found []string
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		fields := strings.Fields(lines.Text()) // Inst NAME (VERSION …
		if len(fields) < 3 || fields[0] != "Inst" || notNeeded.MatchString(fields[1]) {
			continue
		}
		found = append(found, fields[1]+"="+strings.Trim(fields[2], "()"))
	}
	return found, nil
}

func (a *privateApt) unpack(ctx context.Context, packages []string, root string) error {
	debs := filepath.Join(a.dir, "debs")
	if err := command(ctx, debs, "apt-get", append(append([]string{}, a.options...), append([]string{"download"}, packages...)...)...); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(debs, "*.deb"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := command(ctx, "", "dpkg-deb", "-x", file, root); err != nil {
			return err
		}
	}
	return nil
}

// debianMirror reads the mirror from apt's own configuration, in its deb822
// form (URIs: …) or its one-line form (deb … ).
func debianMirror() (string, error) {
	for _, file := range []string{"/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"} {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			if len(fields) < 2 || (fields[0] != "URIs:" && fields[0] != "deb") {
				continue
			}
			for _, field := range fields[1:] {
				if strings.Contains(field, "://") {
					return field, nil
				}
			}
		}
	}
	return "", errors.New("apt is set up with no Debian mirror; the database servers come from Debian's packages")
}
