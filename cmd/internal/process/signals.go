package process

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// Interruptible ends the context at SIGTERM or SIGINT. A second signal ends the
// process at once, which is safe by design.
func Interruptible(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	go func() {
		select {
		case <-signals:
			cancel()
		case <-ctx.Done():
		}
		<-signals
		os.Exit(130)
	}()
	return ctx, cancel
}
