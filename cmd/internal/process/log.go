// Package process is what every command does alike: logs, metrics and health on a
// port of their own, and signals.
package process

import (
	"io"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/cmd/internal/config"
)

// Logger writes structured lines, UTC, to w.
func Logger(w io.Writer, c config.Log) zerolog.Logger {
	zerolog.TimeFieldFormat = time.RFC3339Nano
	zerolog.TimestampFunc = func() time.Time { return time.Now().UTC() }
	if c.Format == "console" {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: "15:04:05", NoColor: true}
	}
	level, err := zerolog.ParseLevel(c.Level)
	if err != nil {
		level = zerolog.InfoLevel
	}
	return zerolog.New(w).Level(level).With().Timestamp().Logger()
}
