package main

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/mage2sage/mage2sage/testenv/check"
	"github.com/mage2sage/mage2sage/testenv/pipe"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
	"github.com/mage2sage/mage2sage/testenv/shop"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// An installation is one shop, the processes of one pipe, and one Sage.
type installation struct {
	servers   *servers.Set
	shop      *shop.Shop
	pipe      *pipe.Pipe
	sim       *simulator.Server
	sage      *http.Server
	address   string // of Sage
	dir       string
	random    *rand.Rand
	instances []*instance
	counts    counts
	market    sync.Mutex // held by who does business, or takes the shop's database away
	taken     sync.Mutex // held by who takes a server away
	policy    sync.Mutex // held by who changes the policy, or puts another one back
}

// methods maps every payment method to a bank account, but for cheques in every other run.
func methods(seed uint64) string {
	if seed%2 == 0 {
		return chart.Policy()
	}
	return strings.Replace(chart.Policy(), "payment_method_map: {checkmo: null}", "payment_method_map: {}", 1)
}

// install starts everything: one capture, because there is one, and two of each other stage.
func install(ctx context.Context, dir string, o options) (i *installation, err error) {
	i = &installation{dir: dir, random: rand.New(rand.NewPCG(o.seed, o.seed))}
	sage := simulator.Options{AutoConsent: true, ListLag: time.Duration(i.random.IntN(1000)) * time.Millisecond}
	if o.seed%3 == 0 {
		sage.Memory = -1 // no idempotency id is ever remembered
	}
	i.sim = simulator.New(sage)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	i.address, i.sage = listener.Addr().String(), &http.Server{Handler: i.sim, ReadHeaderTimeout: time.Minute}
	go func() { _ = i.sage.Serve(listener) }()
	i.servers, err = servers.Start(ctx, servers.Options{Dir: filepath.Join(dir, "servers"), Only: []string{"source", "postgres", "kafka"}, RealKafka: o.realKafka})
	if err != nil {
		return nil, err
	}
	if i.shop, err = shop.Open(i.servers.Source.DSN, shop.Options{Seed: o.seed}); err != nil {
		return nil, err
	}
	database, err := pipe.FreshDatabase(ctx, i.servers.Postgres.URL, "nemesis")
	if err != nil {
		return nil, err
	}
	i.pipe, err = pipe.New(pipe.Options{
		Dir: filepath.Join(dir, "mage2sage"), Binary: o.binary, Server: i.servers.Source.DSN, Database: "magento",
		Kafka: i.servers.Kafka.Addr, Postgres: database, Sage: "http://" + i.address, Policy: methods(o.seed)})
	if err != nil {
		return nil, err
	}
	if err := i.shop.Install(ctx); err != nil {
		return nil, err
	}
	if err := pipe.Grant(ctx, i.shop.DB(), "magento"); err != nil {
		return nil, err
	}
	if err := i.pipe.Setup(ctx); err != nil {
		return nil, err
	}
	return i, i.startAll()
}

// startAll starts the processes.
func (i *installation) startAll() error {
	for _, p := range []struct {
		stage string
		n     int
	}{{"capture", 1}, {"transform", 2}, {"sink", 2}} {
		for n := range p.n {
			one, err := newInstance(i.pipe, p.stage, n+1)
			if err != nil {
				return err
			}
			if err := one.start(); err != nil {
				return err
			}
			i.instances = append(i.instances, one)
		}
	}
	return nil
}

// of lists the instances of a stage.
func (i *installation) of(stage string) (all []*instance) {
	for _, one := range i.instances {
		if one.stage == stage {
			all = append(all, one)
		}
	}
	return all
}

// books are Magento's tables and the simulator.
func (i *installation) books() check.Books {
	return check.Books{DB: i.shop.DB(), Sage: "http://" + i.address, BaseCurrency: "GBP"}
}

func (i *installation) stop() {
	for _, one := range i.instances {
		one.hold()
	}
	i.shop.Close()
	i.servers.Stop()
	i.sage.Close()
}
