package main

import (
	"context"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"github.com/mage2sage/mage2sage/testenv/check"
	"github.com/mage2sage/mage2sage/testenv/pipe"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
	"github.com/mage2sage/mage2sage/testenv/shop"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// An installation is one shop, one mage2sage and one Sage.
type installation struct {
	servers *servers.Set
	shop    *shop.Shop
	pipe    *pipe.Pipe
	sim     *simulator.Server

	address string // of Sage
	sage    *http.Server

	dir     string
	names   []string          // of the processes: the stages, or run
	readyAt map[string]string // where each says whether it is ready

	mutex    sync.Mutex
	stages   map[string]*pipe.Stage
	stopping bool
}

// install starts everything and does a little business: the stages apart over a broker, or
// all of them in one process with the embedded one.
func install(ctx context.Context, dir, binary string, inOne bool) (i *installation, err error) {
	i = &installation{sim: simulator.New(simulator.Options{AutoConsent: true}), stages: map[string]*pipe.Stage{}, dir: dir, readyAt: map[string]string{}}
	i.names = []string{"capture", "transform", "sink"}
	if inOne {
		i.names = []string{"run"}
	}
	if err := i.startSage(); err != nil {
		return nil, err
	}
	i.servers, err = servers.Start(ctx, servers.Options{Dir: filepath.Join(dir, "servers"), Only: []string{"source", "postgres", "kafka"}})
	if err != nil {
		return nil, err
	}
	if err := i.movePostgres(ctx); err != nil {
		return nil, err
	}
	if i.shop, err = shop.Open(i.servers.Source.DSN, shop.Options{Seed: 1}); err != nil {
		return nil, err
	}
	kafka := i.servers.Kafka.Addr
	if inOne {
		kafka = ""
	}
	i.pipe, err = pipe.New(pipe.Options{
		Dir: filepath.Join(dir, "mage2sage"), Binary: binary, Server: i.servers.Source.DSN, Database: "magento",
		Kafka: kafka, Postgres: i.servers.Postgres.URL, Sage: "http://" + i.address})
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
	for _, disk := range []string{i.state(), i.brokerData()} {
		if err := mountDisk(disk); err != nil {
			return nil, err
		}
	}
	for _, name := range i.names {
		if err := i.supervise(name); err != nil {
			return nil, err
		}
	}
	return i, i.trade(ctx)
}

// startSage listens, on the same address as before when there was one.
func (i *installation) startSage() error {
	address := i.address
	if address == "" {
		address = "127.0.0.1:0"
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	i.address, i.sage = listener.Addr().String(), &http.Server{Handler: i.sim, ReadHeaderTimeout: time.Minute}
	go func(s *http.Server) { _ = s.Serve(listener) }(i.sage)
	return nil
}

// supervise starts a stage, and again whenever it ends, as systemd would.
func (i *installation) supervise(name string) error {
	p, err := i.withReadiness(name)
	if err != nil {
		return err
	}
	s, err := p.Start(name)
	if err != nil {
		return err
	}
	i.mutex.Lock()
	i.stages[name] = s
	i.mutex.Unlock()
	go func() {
		<-s.Ended()
		<-time.After(time.Second)
		i.mutex.Lock()
		stopping := i.stopping
		i.mutex.Unlock()
		if !stopping {
			_ = i.supervise(name)
		}
	}()
	return nil
}

// restart ends a stage in order; its supervisor starts it again.
func (i *installation) restart(name string) error {
	i.mutex.Lock()
	s := i.stages[name]
	i.mutex.Unlock()
	return s.Stop()
}

// books are Magento's tables and the simulator.
func (i *installation) books() check.Books {
	return check.Books{DB: i.shop.DB(), Sage: "http://" + i.address, BaseCurrency: "GBP"}
}

func (i *installation) stop() {
	i.mutex.Lock()
	i.stopping = true
	stages := i.stages
	i.mutex.Unlock()
	for _, s := range stages {
		s.Kill()
	}
	i.shop.Close()
	i.servers.Stop()
	i.sage.Close()
	for _, disk := range []string{i.state(), i.brokerData(), i.postgresData()} {
		unmountDisk(disk)
	}
}
