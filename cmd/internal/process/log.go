// Package process holds what all commands do alike as a process of the operating
// system.
//
//	Interruptible   a context that ends at SIGTERM or SIGINT
//	Logger          structured lines to standard error
//	ServeMetrics    /metrics, /livez and /readyz on an address of their own
//
// It does not know the config file or what the stages do: it takes plain values.
package process

import (
	"io"
	"time"

	"github.com/rs/zerolog"
)

// Logger writes structured lines with times in UTC to w. level is debug, info, warn or
// error, and info when it is anything else. format is json, or console for people.
func Logger(w io.Writer, level, format string) zerolog.Logger {
	zerolog.TimeFieldFormat = time.RFC3339Nano
	zerolog.TimestampFunc = func() time.Time { return time.Now().UTC() }
	if format == "console" {
		w = zerolog.ConsoleWriter{Out: w, TimeFormat: "15:04:05", NoColor: true}
	}
	least, err := zerolog.ParseLevel(level)
	if err != nil {
		least = zerolog.InfoLevel
	}
	return zerolog.New(w).Level(least).With().Timestamp().Logger()
}
