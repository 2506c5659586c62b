package registry

import (
	"context"
	"strings"

	"github.com/mage2sage/mage2sage/schemas/finding"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// Examine says what would come of registering subjects, and changes nothing.
func (c *Client) Examine(ctx context.Context, all []Subject) finding.List {
	var missing []string
	var problems finding.List
	for _, s := range all {
		_, err := c.calls.LookupSchema(ctx, s.Name, s.schema())
		switch {
		case err == nil:
			continue
		case !isUnknown(err):
			return finding.List{trouble("reachable", c.explain(s, err))} // the next would be answered the same
		}
		missing = append(missing, s.Name)
		if err := c.mayFollow(ctx, s); err != nil {
			problems = append(problems, trouble("schemas", err))
		}
	}
	list := append(finding.List{{Check: "reachable", Seen: c.url}}, problems...)
	if len(problems) > 0 {
		return list
	}
	registered := finding.Finding{Check: "schemas"}
	if len(missing) > 0 {
		registered.Seen = "registered by the first start: " + strings.Join(missing, ", ")
	}
	return append(list, registered)
}

// mayFollow asks whether the registry would take a schema after the newest of its subject.
func (c *Client) mayFollow(ctx context.Context, s Subject) error {
	const latest = -1
	answer, err := c.calls.CheckCompatibility(ctx, s.Name, latest, s.schema())
	switch {
	case isNew(err):
		return nil
	case err != nil:
		return c.explain(s, err)
	case !answer.Is:
		return c.trouble("finds the schema of "+s.Name+" incompatible with the one before", c.allow(s, forward), nil)
	}
	return nil
}

func trouble(check string, err error) finding.Finding {
	problem, hint := topic.Trouble(err)
	return finding.Finding{Check: check, Problem: problem, Hint: hint}
}
