// Package registry keeps the schemas of topics in a schema registry: Confluent's, or another
// one with its API, such as Apicurio's.
//
//	Register   a subject's schema → its id, which stands before each value of the topic
//	Examine    what would come of that, for doctor
//
// What the registry answers becomes a topic.BrokerError, which says what to do about it and
// repeats nothing of the answer but its code. Whether a schema may follow another one is for
// the registry to say.
package registry

import (
	"context"
	"crypto/tls"
	"errors"
	"net/http"
	"strings"

	"github.com/twmb/franz-go/pkg/sr"

	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// Config says where the registry is.
type Config struct {
	URL      string // before /subjects, without a login
	Username string // "" does not log in
	Password secret.String
	TLS      *tls.Config // nil: by the system's authorities, where the URL begins with https
}

// A Client talks to one registry. It is safe for concurrent use.
type Client struct {
	url   string
	calls *sr.Client
}

// Dial prepares a client; nothing is sent before the first call.
func Dial(c Config) (*Client, error) {
	options := []sr.ClientOpt{sr.URLs(c.URL), sr.UserAgent("mage2sage")}
	if c.Username != "" {
		options = append(options, sr.BasicAuth(c.Username, c.Password.Reveal()))
	}
	if c.TLS != nil {
		options = append(options, sr.DialTLSConfig(c.TLS))
	}
	calls, err := sr.NewClient(options...)
	return &Client{strings.TrimSuffix(c.URL, "/"), calls}, err
}

// A Subject is a schema under the name that the registry has it by.
type Subject struct {
	Name   string
	Schema []byte // JSON Schema
}

// SubjectOf is the subject of the values of a topic, by Confluent's TopicNameStrategy.
func SubjectOf(topic string, schema []byte) Subject { return Subject{topic + "-value", schema} }

func (s Subject) schema() sr.Schema { return sr.Schema{Schema: string(s.Schema), Type: sr.TypeJSON} }

// Register returns the id of a subject's schema. One that is there already is only looked
// up, so that a login may do without the right to write once somebody has registered it. The
// error is a topic.BrokerError.
func (c *Client) Register(ctx context.Context, s Subject) (id uint32, err error) {
	known, err := c.calls.LookupSchema(ctx, s.Name, s.schema())
	number := known.ID
	if isUnknown(err) {
		number, err = c.calls.RegisterSchema(ctx, s.Name, s.schema(), -1, -1)
	}
	if err != nil {
		return 0, c.explain(s, err)
	}
	if number <= 0 || int64(number) > 1<<31-1 {
		return 0, c.noRegistry(nil)
	}
	return uint32(number), nil
}

// isUnknown reports whether the registry answers that it does not have a subject, or not
// this schema of it. A server that is no registry has no such code.
func isUnknown(err error) bool {
	var answer *sr.ResponseError
	return errors.As(err, &answer) && answer.StatusCode == http.StatusNotFound && sr.IsNotFoundError(answer.ErrorCode)
}

// isNew reports whether the registry does not have the subject, and so nothing to compare
// its schema with.
func isNew(err error) bool {
	var answer *sr.ResponseError
	return errors.As(err, &answer) && (answer.ErrorCode == sr.ErrSubjectNotFound.Code || answer.ErrorCode == sr.ErrVersionNotFound.Code)
}

// explain puts what a call has come to into words for a person.
func (c *Client) explain(s Subject, err error) error {
	var answer *sr.ResponseError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.As(err, &answer):
		return c.refusal(s, answer)
	case errors.As(err, &certificate):
		return c.trouble("shows a certificate that is not trusted",
			"set kafka.schema_registry.tls_ca to its authority's file, or kafka.schema_registry.tls to skip-verify", err)
	case errors.Is(err, http.ErrSchemeMismatch):
		return c.trouble("speaks no TLS", "write http:// in kafka.schema_registry.url, or correct its port", err)
	case isText(err):
		return c.noRegistry(err)
	}
	return c.trouble("does not answer", "start it, or correct kafka.schema_registry.url", err)
}

// trouble is a problem of this registry.
func (c *Client) trouble(problem, hint string, err error) *topic.BrokerError {
	return &topic.BrokerError{Problem: "schema registry: " + c.url + " " + problem, Hint: hint, Err: err}
}

func (c *Client) noRegistry(err error) *topic.BrokerError {
	return c.trouble("does not answer as a schema registry",
		"correct kafka.schema_registry.url: it is what stands before /subjects, such as http://registry:8081, and of Apicurio ends with /apis/ccompat/v7", err)
}
