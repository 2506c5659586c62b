package topic

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"

	"github.com/segmentio/kafka-go"
)

// TestARefusedLoginIsNoBrokerThatIsAway has the answers of a real Kafka, which the
// embedded broker does not give: it ends the connection.
func TestARefusedLoginIsNoBrokerThatIsAway(t *testing.T) {
	for err, want := range map[error]string{
		kafka.SASLAuthenticationFailed:                  "kafka: the broker at [b:9092] refuses the login ([58] SASL Authentication Failed: ",
		kafka.UnsupportedSASLMechanism:                  "set kafka.mechanism to another",
		kafka.IllegalSASLState:                          "wants no login",
		kafka.TopicAuthorizationFailed:                  "grant the ACLs",
		tls.RecordHeaderError{Msg: "no TLS"}:            "speaks no TLS (tls: no TLS): correct the port in kafka.brokers, or set kafka.tls to off",
		&tls.CertificateVerificationError{Err: errTest}: "shows a certificate that is not trusted",
		errTest: "kafka: no broker answers at [b:9092] (x): start it",
	} {
		t.Run(want, func(t *testing.T) {
			e := &UnreachableError{Brokers: []string{"b:9092"}, Err: fmt.Errorf("%w", err)}
			if !strings.Contains(e.Error(), want) {
				t.Errorf("%v, want %q", e, want)
			}
		})
	}
}

var errTest = fmt.Errorf("x")

func TestWhoRunsTheBrokerKnowsWhyItFails(t *testing.T) {
	why := "the disk is full"
	c := &Client{brokers: []string{"b:9092"}, Explain: func() (string, string) { return why, "make room" }}
	if problem, hint := Trouble(c.classify(kafka.Unknown)); problem != "kafka: the disk is full" || hint != "make room" {
		t.Errorf("%q, %q; want what is known", problem, hint)
	}
	why = ""
	if problem, _ := Trouble(c.classify(kafka.Unknown)); !strings.Contains(problem, "does not answer as it should") {
		t.Errorf("%q of a broker that fails for another reason", problem)
	}
}
