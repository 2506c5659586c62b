// Package embedded runs a Kafka broker inside the process, for evaluation, small
// shops and tests: franz-go's kfake on disk, with every batch synced.
//
//	<dir>/log       the records
//	<dir>/address   where the broker listens, and its login, while it runs
//	<dir>/secret    the password, made by the first start
//	<dir>/lock      held while it runs, so that a second broker is refused
//
// Other users of the machine reach the port and not the folder, so the broker answers
// nobody who does not log in with what is there.
//
// A member that dies while it joins a group is taken out by ghosts, because kfake forgets it.
//
// It speaks Kafka's protocol on 127.0.0.1, so all code above it is the code that
// runs against a real cluster. It has one node and no replication, and it reads its
// whole folder when it opens: Start refuses a folder above MaxBytes and tells the
// operator to move to a real Kafka.
package embedded

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"github.com/mage2sage/mage2sage/schemas/folder"
)

// MaxBytes is the size of the data folder above which Start refuses. Opening takes
// about five seconds and one GiB of memory for each GiB on disk, so that 4 GiB is the
// most that an ordinary machine can still open.
const MaxBytes = 4 << 30

// addressFile is where other processes on this machine find the broker's address.
const addressFile = "address"

// A Broker is a running broker.
type Broker struct {
	Addr    string // with its login, for topic.Dial: user:password@127.0.0.1:port
	Listens string // 127.0.0.1:port
	cluster *kfake.Cluster
	ghosts  *ghosts
	dir     string
	file    string
	lock    *os.File
}

// Start opens the data folder and listens; address "" takes any free port on
// 127.0.0.1. The address is written into the folder while the broker runs. Start
// refuses a folder on which another broker runs: the two would overwrite each other.
func Start(dir, address string) (*Broker, error) {
	if err := folder.Private(dir); err != nil {
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	port, err := portOf(address)
	if err != nil {
		return nil, err
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	b, err := openLocked(dir, port)
	if err != nil {
		lock.Close()
		return nil, err
	}
	b.lock = lock
	return b, nil
}

// openLocked looks at the folder, and opens it, once nobody else writes there.
func openLocked(dir string, port int) (*Broker, error) {
	if err := checkSize(dir); err != nil {
		return nil, err
	}
	password, err := secretOf(dir)
	if err != nil {
		return nil, err
	}
	return open(dir, port, password)
}

func open(dir string, port int, password string) (*Broker, error) {
	cluster, err := kfake.NewCluster(
		kfake.NumBrokers(1), kfake.Ports(port), kfake.DataDir(filepath.Join(dir, "log")), kfake.SyncWrites(),
		kfake.EnableSASL(), kfake.Superuser("SCRAM-SHA-256", user, password),
		kfake.BrokerConfigs(map[string]string{
			"group.initial.rebalance.delay.ms": "0",     // one process joins: waiting for others would only delay it
			"group.min.session.timeout.ms":     "1000",  // the least that kafka.session_timeout may be
			"auto.create.topics.enable":        "false", // Ensure makes them, with their settings
		}))
	if err != nil {
		return nil, fmt.Errorf("embedded broker: open %s: %w", dir, err)
	}
	listens := cluster.ListenAddrs()[0]
	login := scram.Auth{User: user, Pass: password}.AsSha256Mechanism()
	ghosts, err := watchGhosts(cluster, listens, kgo.SASL(login))
	if err != nil {
		cluster.Close()
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	if err := offerOldHandshake(cluster, ghosts.broker); err != nil {
		ghosts.close()
		cluster.Close()
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	b := &Broker{Addr: user + ":" + password + "@" + listens, Listens: listens, cluster: cluster, ghosts: ghosts, dir: dir, file: filepath.Join(dir, addressFile)}
	if err := os.WriteFile(b.file, []byte(b.Addr), 0o600); err != nil {
		ghosts.close()
		cluster.Close()
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	return b, nil
}

// leastRoom is what a disk has that counts as full: a batch of records needs as much.
const leastRoom = 1 << 20

// Trouble says what keeps the broker from taking records, and what to do about it; "" is
// nothing that is known.
func (b *Broker) Trouble() (problem, hint string) {
	var disk syscall.Statfs_t
	if err := syscall.Statfs(b.dir, &disk); err != nil || disk.Bavail*uint64(disk.Bsize) >= leastRoom {
		return "", ""
	}
	return "the disk of the embedded broker is full", "make room on the disk of kafka.data_dir"
}

// Close removes the address file and stops the broker.
func (b *Broker) Close() {
	os.Remove(b.file)
	b.ghosts.close()
	b.cluster.Close()
	b.lock.Close()
}

// ErrNone is wrapped by Find when no process runs a broker on the folder.
var ErrNone = errors.New("kafka.brokers is embedded, and that broker lives in `mage2sage run`, which runs all stages")

// Find returns the address, with its login, of the broker that another process runs on a folder. Its
// error says what to start when there is none.
func Find(dir string) (string, error) {
	addr, err := os.ReadFile(filepath.Join(dir, addressFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%w; none runs on %s: start `mage2sage run`, or set kafka.brokers to a real Kafka where stages run apart", ErrNone, dir)
	}
	if err != nil {
		return "", fmt.Errorf("embedded broker: %w", err)
	}
	return strings.TrimSpace(string(addr)), nil
}

// user is who logs in.
const user = "mage2sage"

// secretOf reads the folder's password, or makes it.
func secretOf(dir string) (string, error) {
	file := filepath.Join(dir, "secret")
	password, err := os.ReadFile(file)
	if err == nil && len(password) > 0 {
		return string(password), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("embedded broker: %w", err)
	}
	fresh := rand.Text()
	if err := os.WriteFile(file, []byte(fresh), 0o600); err != nil {
		return "", fmt.Errorf("embedded broker: %w", err)
	}
	return fresh, nil
}

// lockFolder takes the folder for this broker, and writes down which process has it. The
// lock goes with the process, also when it is killed.
func lockFolder(dir string) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer lock.Close()
		return nil, fmt.Errorf("embedded broker: %s has %s (%w): stop it, or give this one a kafka.data_dir of its own", holder(lock), dir, err)
	}
	if err := errors.Join(lock.Truncate(0), writeHolder(lock)); err != nil {
		lock.Close()
		return nil, fmt.Errorf("embedded broker: %w", err)
	}
	return lock, nil
}

func writeHolder(lock *os.File) error {
	_, err := lock.WriteAt([]byte(strconv.Itoa(os.Getpid())), 0)
	return err
}

// holder names the process that has the lock, as it wrote itself down.
func holder(lock *os.File) string {
	text, err := io.ReadAll(io.LimitReader(lock, 20))
	if pid, wrong := strconv.Atoi(string(text)); err == nil && wrong == nil {
		return fmt.Sprintf("process %d", pid)
	}
	return "another process"
}

func portOf(address string) (int, error) {
	if address == "" {
		return 0, nil
	}
	host, port, err := net.SplitHostPort(address[strings.LastIndex(address, "@")+1:]) // an address with its login is taken, too
	if err != nil {
		return 0, fmt.Errorf("embedded broker: address %q: %w", address, err)
	}
	if host != "127.0.0.1" && host != "localhost" {
		return 0, fmt.Errorf("embedded broker: address %q: it listens on 127.0.0.1 only", address)
	}
	return strconv.Atoi(port)
}

func checkSize(dir string) error {
	var size int64
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("embedded broker: measure %s: %w", dir, err)
	}
	if size > MaxBytes {
		return fmt.Errorf("embedded broker: %s holds %d MiB, more than the %d MiB it is made for: set kafka.brokers to a real Kafka; the topics are made again from Magento",
			dir, size>>20, int64(MaxBytes)>>20)
	}
	return nil
}
