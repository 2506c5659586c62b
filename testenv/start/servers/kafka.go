package servers

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"syscall"

	"github.com/segmentio/kafka-go"

	"github.com/mage2sage/mage2sage/testenv/ports"
)

// A Kafka is a private broker of one node that never makes a topic by itself.
type Kafka struct {
	*Process
	// Addr is host:port.
	Addr string
	// Real says that this is Apache Kafka and not kfake.
	Real bool
	// Login and Encrypted are the addresses of a real one's other ports: the first wants
	// the login of KafkaUser, the second wants it over TLS. Certificate is the file with
	// what to trust there.
	Login, Encrypted, Certificate string
}

func (s *Set) startKafka(ctx context.Context, options Options) error {
	port, err := ports.Free()
	if err != nil {
		return err
	}
	server := &Kafka{Addr: fmt.Sprintf("127.0.0.1:%d", port), Real: options.RealKafka}
	start := s.kfakeCommand
	if options.RealKafka {
		start = s.realKafkaCommand
	}
	command, err := start(ctx, server, port)
	if err != nil {
		return err
	}
	server.Process = &Process{
		name:    "kafka",
		logFile: filepath.Join(s.dir.path, "log", "kafka.log"),
		command: command,
		ready:   func(ctx context.Context) error { return pingKafka(ctx, server.Addr) },
		ending:  syscall.SIGTERM,
	}
	s.Kafka = server
	return server.Start(ctx)
}

// kfakeCommand runs the broker of testenv/kafkabroker.
func (s *Set) kfakeCommand(ctx context.Context, _ *Kafka, port int) (func() *exec.Cmd, error) {
	program, err := s.build(ctx, "kafkabroker")
	if err != nil {
		return nil, err
	}
	data := filepath.Join(s.dir.path, "kafka")
	return func() *exec.Cmd {
		return exec.Command(program, "--listen", fmt.Sprintf("127.0.0.1:%d", port), "--data-dir", data)
	}, nil
}

// pingKafka succeeds when the broker names itself as the controller: a real
// broker listens for some seconds before it serves.
func pingKafka(ctx context.Context, addr string) error {
	connection, err := kafka.DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer connection.Close()
	_, err = connection.Controller()
	return err
}
