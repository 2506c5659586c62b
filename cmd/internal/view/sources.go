package view

import "github.com/mage2sage/mage2sage/sink/postgres"

// NotTaken says that a source is taken from the topics of another prefix than a config
// file's, and what to type; "" where it is not.
func NotTaken(all []postgres.FollowedPipeline, source, prefix string) string {
	for _, f := range all {
		if f.Source == source && f.Prefix != prefix {
			return (&postgres.OtherPrefixError{Source: source, Follows: f.Prefix, Prefix: prefix, Since: f.Since}).Error()
		}
	}
	return ""
}
