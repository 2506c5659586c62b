package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"github.com/twmb/franz-go/pkg/sr"

	"github.com/mage2sage/mage2sage/schemas/topic"
)

// forward is the compatibility that suits our schemas: they are open, and fields are only
// added, so whoever has an older one reads what is written by a newer one.
const forward = "FORWARD"

// refusal is what an answer means.
func (c *Client) refusal(s Subject, answer *sr.ResponseError) *topic.BrokerError {
	of := "the schema of " + s.Name
	switch answer.StatusCode {
	case http.StatusUnauthorized:
		return c.trouble("refuses the login", "correct kafka.schema_registry.username and kafka.schema_registry.password", answer)
	case http.StatusForbidden:
		return c.trouble("does not let our user register "+of, "give it the right to read and write the subject, or have somebody register it: mage2sage topics --schema prints it", answer)
	case http.StatusConflict:
		return c.trouble("finds "+of+" incompatible with the one before", c.allow(s, forward), answer)
	case http.StatusUnprocessableEntity:
		return c.trouble(fmt.Sprintf("does not take %s (error %d)", of, answer.ErrorCode), "upgrade it to a release that knows JSON Schema 2020-12, or leave kafka.schema_registry.url out", answer)
	}
	if answer.StatusCode < http.StatusInternalServerError {
		return c.noRegistry(answer)
	}
	return c.trouble(fmt.Sprintf("answers with status %d for %s", answer.StatusCode, of),
		"look at its log; where it cannot compare schemas of JSON Schema 2020-12, "+c.allow(s, "NONE"), answer)
}

// allow is what to type so that a subject takes the schema.
func (c *Client) allow(s Subject, compatibility string) string {
	return fmt.Sprintf("set the subject's compatibility to %s: curl -X PUT -H 'Content-Type: application/json' -d '{\"compatibility\":\"%s\"}' %s/config/%s",
		compatibility, compatibility, c.url, s.Name)
}

// isText reports whether an answer was not what a registry says.
func isText(err error) bool {
	var syntax *json.SyntaxError
	var other *json.UnmarshalTypeError
	return errors.As(err, &syntax) || errors.As(err, &other)
}
