package config

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/mage2sage/mage2sage/schemas/authority"
	"github.com/mage2sage/mage2sage/schemas/secret"
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
	// Username logs in to a shared cluster, with Password and by Mechanism: scram-sha-512,
	// scram-sha-256, or plain, which sends the password and so needs TLS. Empty: no login.
	Username  string        `yaml:"username"`
	Password  secret.String `yaml:"password"`
	Mechanism string        `yaml:"mechanism"`
	// TLS is off, verify, or skip-verify, which encrypts and trusts every certificate.
	TLS string `yaml:"tls"`
	// TLSCA is a PEM file with the authorities that verify trusts instead of the system's:
	// those of a cluster whose certificates are of an authority of its own.
	TLSCA string `yaml:"tls_ca"`
	// DataDir is the embedded broker's folder.
	DataDir string `yaml:"data_dir"`
	// Listen is the embedded broker's address on 127.0.0.1; empty takes a free port.
	Listen string `yaml:"listen"`
	// Partitions of the sales, customer and catalog topics. The first start pins the
	// number, because a key must not move to another partition.
	Partitions int `yaml:"partitions"`
	// ReplicationFactor is on how many brokers each topic is that is made; 0 takes the
	// cluster's default. Topics that are there stay as they are.
	ReplicationFactor int `yaml:"replication_factor"`
	// TableTopics publishes, beside the topics of domains, one for each captured table,
	// <prefix>.<database>.<table>, as Debezium does: for consumers that were built for it.
	// They have the columns and rows that the others have.
	TableTopics bool `yaml:"table_topics"`
	// SchemaRegistry keeps the schemas of the canonical topics for who reads them; none unless it
	// has a URL.
	SchemaRegistry SchemaRegistry `yaml:"schema_registry"`
	// Compression of records on their way and in the topics: lz4, zstd, snappy, gzip or none.
	// Whatever it is, what was written under another one is read.
	Compression topic.Compression `yaml:"compression"`
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

// maxReplicas is more than anybody copies a topic, and fits Kafka's protocol.
const maxReplicas = 100

// Validate says what is wrong with the part and what to write instead.
func (k Kafka) Validate() error {
	var all []error
	if k.Partitions < 1 || k.Partitions > maxPartitions {
		all = append(all, fmt.Errorf("kafka.partitions %d: write a number from 1 to %d", k.Partitions, maxPartitions))
	}
	if k.ReplicationFactor < 0 || k.ReplicationFactor > maxReplicas {
		all = append(all, fmt.Errorf("kafka.replication_factor %d: write a number of brokers, or 0 for the cluster's default", k.ReplicationFactor))
	}
	if k.IsEmbedded() && k.ReplicationFactor > 1 {
		all = append(all, fmt.Errorf("kafka.replication_factor %d: the embedded broker is one: write 0, or set kafka.brokers", k.ReplicationFactor))
	}
	if k.SessionTimeout < time.Second {
		all = append(all, fmt.Errorf("kafka.session_timeout %s: write 1s or more", k.SessionTimeout))
	}
	if err := k.Compression.Validate(); err != nil {
		all = append(all, fmt.Errorf("kafka.%w", err))
	}
	return errors.Join(append(all, k.validBrokers(), k.validLogin(), k.SchemaRegistry.Validate())...)
}

func (k Kafka) validLogin() error {
	var all []error
	demand := func(ok bool, format string, args ...any) {
		if !ok {
			all = append(all, fmt.Errorf(format, args...))
		}
	}
	demand((k.Username == "") == (k.Password == ""), "kafka.username and kafka.password belong together: write both, or neither")
	demand(slices.Contains([]string{topic.ScramSHA512, topic.ScramSHA256, topic.Plain}, k.Mechanism), "kafka.mechanism %q: write scram-sha-512, scram-sha-256 or plain", k.Mechanism)
	demand(slices.Contains([]string{tlsOff, tlsVerify, tlsSkipVerify}, k.TLS), "kafka.tls %q: write off, verify or skip-verify", k.TLS)
	demand(k.TLSCA == "" || k.TLS == tlsVerify, "kafka.tls_ca is for kafka.tls: verify")
	_, err := authority.Read(k.TLSCA)
	demand(err == nil, "kafka.tls_ca: %v", err)
	demand(k.Username == "" || k.Mechanism != topic.Plain || k.TLS != tlsOff, "kafka.mechanism plain sends the password to whoever listens: set kafka.tls to verify, or write scram-sha-512")
	demand(!k.IsEmbedded() || k.Username == "" && k.TLS == tlsOff, "kafka.username and kafka.tls are for a cluster: the embedded broker has a login of its own; leave them out, or set kafka.brokers")
	return errors.Join(all...)
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
		if strings.Contains(b, "@") { // not repeated, for a password may stand before it
			all = append(all, errors.New("kafka.brokers: an address has a login in it: write it as kafka.username and kafka.password"))
			continue
		}
		if _, _, err := net.SplitHostPort(b); err != nil {
			all = append(all, fmt.Errorf("kafka.brokers: %q: write host:port, such as kafka1:9092", b))
		}
	}
	return errors.Join(all...)
}

// Dial prepares a client for a command that does not start the broker itself. It
// finds an embedded one by the address that `mage2sage run` leaves in its folder.
func (k Kafka) Dial() (*topic.Client, error) {
	c, err := k.dial()
	if err != nil {
		return nil, err
	}
	c.Compression = k.Compression
	return c, nil
}

func (k Kafka) dial() (*topic.Client, error) {
	if !k.IsEmbedded() {
		return topic.DialAs(k.Brokers, topic.Login{User: k.Username, Password: k.Password, Mechanism: k.Mechanism}, k.encryption())
	}
	addr, err := embedded.Find(k.DataDir)
	if err != nil {
		return nil, err
	}
	return topic.Dial([]string{addr}), nil
}

// The values of kafka.tls.
const (
	tlsOff        = "off"
	tlsVerify     = "verify"
	tlsSkipVerify = "skip-verify"
)

// encryption is nil for a plain connection. The client adds each broker's name.
func (k Kafka) encryption() *tls.Config {
	switch k.TLS {
	case tlsVerify:
		trusted, _ := authority.Read(k.TLSCA) // Validate has said what is wrong with them
		return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: trusted}
	case tlsSkipVerify:
		return &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: true} //nolint:gosec // the operator asked for it
	}
	return nil
}
