// Command kafkabroker is a Kafka broker in a process of its own: franz-go's
// kfake behind the real protocol, for stages that run apart in tests.
//
//	capture ─┐                       ┌─ transform
//	         ├─► 127.0.0.1:PORT ◄────┤
//	demo ────┘    --data-dir DIR     └─ sink
//
// With a data folder it keeps topics, offsets and group offsets over a restart
// and over kill -9; a power cut may lose the last writes unless --sync is given.
// A member that dies while it joins a group keeps no partitions, as on a real broker.
// It has one node, no replication and no access control, and never makes a
// topic that nobody created. It is not a broker for production.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "kafkabroker:", err)
		os.Exit(1)
	}
}

// run serves until ctx is done and prints the address once it is ready.
func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("kafkabroker", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:0", "address to listen on; port 0 takes a free one")
	dataDir := flags.String("data-dir", "", "folder that keeps topics and offsets; empty keeps them in memory")
	sync := flags.Bool("sync", false, "fsync each batch, so that a power cut loses nothing")
	if err := flags.Parse(args); err != nil {
		return err
	}
	options, err := brokerOptions(*listen, *dataDir, *sync)
	if err != nil {
		return err
	}
	cluster, err := kfake.NewCluster(options...)
	if err != nil {
		return fmt.Errorf("start broker: %w", err)
	}
	defer cluster.Close()
	stopGhosts, err := embedded.TakeOutGhosts(cluster, cluster.ListenAddrs()[0])
	if err != nil {
		return fmt.Errorf("start broker: %w", err)
	}
	defer stopGhosts()
	fmt.Fprintf(out, "kafkabroker: listening on %s\n", cluster.ListenAddrs()[0])
	<-ctx.Done()
	return nil
}

// brokerOptions sets the broker up like the real one in testenv/start: short
// sessions are allowed, so that a test sees a dead group member within a second.
func brokerOptions(listen, dataDir string, sync bool) ([]kfake.Opt, error) {
	host, portText, err := net.SplitHostPort(listen)
	if err != nil {
		return nil, fmt.Errorf("--listen: %w", err)
	}
	port, err := strconv.Atoi(portText)
	if err != nil {
		return nil, fmt.Errorf("--listen: port %q is not a number", portText)
	}
	options := []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.Ports(port),
		kfake.ListenFn(func(network, _ string) (net.Listener, error) {
			return net.Listen(network, net.JoinHostPort(host, portText))
		}),
		kfake.GroupMinSessionTimeout(time.Second),
		kfake.BrokerConfigs(map[string]string{"group.min.session.timeout.ms": "1000", "group.initial.rebalance.delay.ms": "0"}),
	}
	if dataDir != "" {
		options = append(options, kfake.DataDir(dataDir))
	}
	if sync {
		options = append(options, kfake.SyncWrites())
	}
	return options, nil
}
