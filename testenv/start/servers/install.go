package servers

import (
	"context"
	"fmt"
	"io"
)

// Install fetches what the servers need and this machine lacks; it is fast
// when nothing is lacking. With realKafka it fetches Apache Kafka too.
func Install(ctx context.Context, realKafka bool, log io.Writer) error {
	step := (&Set{log: log}).step
	if _, err := installMariaDB(ctx, step); err != nil {
		return fmt.Errorf("install mariadb: %w", err)
	}
	if _, err := installPostgres(ctx, step); err != nil {
		return fmt.Errorf("install postgres: %w", err)
	}
	if !realKafka {
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
	case "mariadb":
		base, err := cacheDir()
		return err == nil && isDir(base+"/mariadb-"+mariadbSuite)
	case "postgres":
		return postgresBin() != ""
	default:
		return true
	}
}
