package servers

import (
	"context"
	"fmt"
	"path/filepath"
)

// Install fetches what the servers need and this machine lacks; it is fast
// when nothing is lacking. Of the sources it fetches the one that is asked for, and with
// RealKafka Apache Kafka too.
func Install(ctx context.Context, options Options) error {
	step := (&Set{log: options.Log}).step
	source, _, err := chosenSource(options.Source)
	if err != nil {
		return err
	}
	if _, err := installSource(ctx, source, step); err != nil {
		return fmt.Errorf("install %s: %w", source, err)
	}
	if _, err := installPostgres(ctx, step); err != nil {
		return fmt.Errorf("install postgres: %w", err)
	}
	if !options.RealKafka {
		return nil
	}
	if _, err := installKafka(ctx, step); err != nil {
		return fmt.Errorf("install kafka: %w", err)
	}
	return nil
}

// Installed says whether the named server can start without fetching anything.
func Installed(name string) bool {
	switch name {
	case sourceName:
		release, _, err := chosenSource("")
		return err == nil && sourceInstalled(release)
	case "postgres":
		return postgresBin() != ""
	default:
		return true
	}
}

func sourceInstalled(release string) bool {
	base, err := cacheDir()
	return err == nil && isDir(filepath.Join(base, release))
}
