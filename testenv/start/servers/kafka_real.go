package servers

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/mage2sage/mage2sage/testenv/ports"
)

// KafkaVersion is the release of Apache Kafka that KAFKA=real starts.
const KafkaVersion = "4.3.1"

// kafkaProject is the Maven project whose dependencies are the broker. Kafka
// logs through slf4j 1.7, so the binding must be of that line.
const kafkaProject = `<project>
 <modelVersion>4.0.0</modelVersion>
 <groupId>mage2sage</groupId><artifactId>kafka-broker</artifactId><version>1</version>
 <dependencies>
  <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>` + KafkaVersion + `</version></dependency>
  <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
 </dependencies>
</project>
`

// kafkaSettings is a broker that is its own controller (KRaft). Short sessions
// are allowed, so that a test sees a dead group member within a second. Beside the open
// port it has one that wants a login and one that wants TLS too.
const kafkaSettings = `process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:%[1]d,CONTROLLER://127.0.0.1:%[2]d,LOGIN://127.0.0.1:%[4]d,ENCRYPTED://127.0.0.1:%[5]d
advertised.listeners=PLAINTEXT://127.0.0.1:%[1]d,LOGIN://127.0.0.1:%[4]d,ENCRYPTED://127.0.0.1:%[5]d
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,LOGIN:SASL_PLAINTEXT,ENCRYPTED:SASL_SSL
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.encrypted.ssl.keystore.type=PEM
listener.name.encrypted.ssl.keystore.location=%[6]s
controller.quorum.voters=1@127.0.0.1:%[2]d
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
auto.create.topics.enable=false
log.dirs=%[3]s
`

// The login that a real Kafka's other ports want.
const (
	KafkaUser     = "mage"
	KafkaPassword = "p@ss:word"
)

// kafkaLogins tells both ports who may come in. With SCRAM the broker keeps no password
// in its settings: its user is made when the folder is formatted.
func kafkaLogins() (settings string) {
	for _, listener := range []string{"login", "encrypted"} {
		prefix := "listener.name." + listener + "."
		settings += fmt.Sprintf("%splain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_%s=%q;\n", prefix, KafkaUser, KafkaPassword)
		for _, mechanism := range []string{"scram-sha-256", "scram-sha-512"} {
			settings += prefix + mechanism + ".sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;\n"
		}
	}
	return settings
}

// installKafka fetches the broker's jars with Maven and returns their folder.
func installKafka(ctx context.Context, step func(string, ...any)) (string, error) {
	return InstallJars(ctx, "kafka-"+KafkaVersion, kafkaProject, step)
}

// realKafkaCommand formats DIR/kafka when it is new and returns the broker's command.
func (s *Set) realKafkaCommand(ctx context.Context, server *Kafka, port int) (func() *exec.Cmd, error) {
	installed, err := installKafka(ctx, s.step)
	if err != nil {
		return nil, err
	}
	data, fresh, err := s.folder("kafka")
	if err != nil {
		return nil, err
	}
	var own [3]int // ports of the controller, of the login, of the login over TLS
	for i := range own {
		if own[i], err = ports.Free(); err != nil {
			return nil, err
		}
	}
	server.Login, server.Encrypted = fmt.Sprintf("127.0.0.1:%d", own[1]), fmt.Sprintf("127.0.0.1:%d", own[2])
	keys := filepath.Join(s.dir.path, "kafka.pem")
	if server.Certificate, err = writeCertificate(keys); err != nil {
		return nil, err
	}
	settings := filepath.Join(s.dir.path, "kafka.properties")
	text := fmt.Sprintf(kafkaSettings, port, own[0], data, own[1], own[2], keys) + kafkaLogins()
	if err := os.WriteFile(settings, []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("write settings: %w", err)
	}
	classes := filepath.Join(installed, "lib", "*")
	if fresh {
		s.step("formatting the folder of Apache Kafka %s", KafkaVersion)
		err := command(ctx, "", "java", "-Xmx256m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", classes,
			"kafka.tools.StorageTool", "format", "-t", newClusterID(), "-c", settings,
			"--add-scram", scramUser("SCRAM-SHA-256"), "--add-scram", scramUser("SCRAM-SHA-512"))
		if err != nil {
			return nil, errors.Join(err, os.RemoveAll(data))
		}
	}
	return func() *exec.Cmd {
		return exec.Command("java", "-Xms256m", "-Xmx1g", "-XX:+UseG1GC",
			"-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", classes, "kafka.Kafka", settings)
	}, nil
}

func scramUser(mechanism string) string {
	return fmt.Sprintf("%s=[name=%s,password=%s]", mechanism, KafkaUser, KafkaPassword)
}

// newClusterID is a random UUID in Kafka's form, 22 characters of base64.
func newClusterID() string {
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails; see crypto/rand
	id[0] &= 0x7f        // an id must not begin with a dash
	return base64.RawURLEncoding.EncodeToString(id)
}
