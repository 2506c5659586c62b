package config

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/schemas/topic/embedded"
)

// Embedded in place of broker addresses starts a broker inside `mage2sage run`.
const Embedded = "embedded"

// Kafka says where the broker is and how the topics are cut.
type Kafka struct {
	// Brokers is a list of host:port, or the word embedded: a broker inside
	// `mage2sage run`, for evaluation and small shops.
	Brokers Brokers `yaml:"brokers"`
	// DataDir is the embedded broker's folder.
	DataDir string `yaml:"data_dir"`
	// Listen is the embedded broker's address on 127.0.0.1; empty takes a free port.
	Listen string `yaml:"listen"`
	// Partitions of the sales, customer and catalog topics. The first start pins the
	// number, because a key must not move to another partition.
	Partitions int `yaml:"partitions"`
	// SessionTimeout is how long the partitions of a process that died wait before
	// another takes them. Brokers allow 6 s to 30 min unless configured otherwise.
	SessionTimeout time.Duration `yaml:"session_timeout"`
}

// Brokers is a list of addresses. In the file a single text is a list of one.
type Brokers []string

func (b *Brokers) UnmarshalYAML(data []byte) error {
	var one string
	if err := yaml.Unmarshal(data, &one); err == nil {
		*b = Brokers{one}
		return nil
	}
	var many []string
	if err := yaml.Unmarshal(data, &many); err != nil {
		return errors.New("write embedded, or a list such as [kafka1:9092, kafka2:9092]")
	}
	*b = many
	return nil
}

// IsEmbedded reports whether the broker runs inside the process.
func (k Kafka) IsEmbedded() bool { return len(k.Brokers) == 1 && k.Brokers[0] == Embedded }

// maxPartitions is far more than a shop needs, and few enough that the embedded
// broker and transform, which keeps a state for each, can carry them.
const maxPartitions = 256

// Validate says what is wrong with the part and what to write instead.
func (k Kafka) Validate() error {
	var all []error
	if k.Partitions < 1 || k.Partitions > maxPartitions {
		all = append(all, fmt.Errorf("kafka.partitions %d: write a number from 1 to %d", k.Partitions, maxPartitions))
	}
	if k.SessionTimeout < time.Second {
		all = append(all, fmt.Errorf("kafka.session_timeout %s: write 1s or more", k.SessionTimeout))
	}
	return errors.Join(append(all, k.validBrokers())...)
}

func (k Kafka) validBrokers() error {
	if k.IsEmbedded() {
		if k.DataDir == "" {
			return errors.New("kafka.data_dir must not be empty: the embedded broker keeps its records there")
		}
		return nil
	}
	if len(k.Brokers) == 0 {
		return errors.New("kafka.brokers must not be empty: write embedded, or a list such as [kafka1:9092]")
	}
	var all []error
	for _, b := range k.Brokers {
		if _, _, err := net.SplitHostPort(b); err != nil {
			all = append(all, fmt.Errorf("kafka.brokers: %q: write host:port, such as kafka1:9092", b))
		}
	}
	return errors.Join(all...)
}

// Dial prepares a client for a command that does not start the broker itself. It
// finds an embedded one by the address that `mage2sage run` leaves in its folder.
func (k Kafka) Dial() (*topic.Client, error) {
	if !k.IsEmbedded() {
		return topic.Dial(k.Brokers), nil
	}
	addr, err := embedded.Find(k.DataDir)
	if err != nil {
		return nil, err
	}
	return topic.Dial([]string{addr}), nil
}
