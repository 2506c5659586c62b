package capture

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// Two captures of two pipelines read one server under one server id, so that the server
// ends the connection of each whenever the other comes.
func TestAServerIDThatAnotherReplicaHasIsNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rights string
		says   string
	}{
		"the user may not see the replicas": {"REPLICATION SLAVE, BINLOG MONITOR ON *.*", onMySQL(t, ", mage2sage.", "")}, // MySQL shows them to every replica
		"the user may see the replicas":     {"REPLICATION SLAVE, BINLOG MONITOR, REPLICATION MASTER ADMIN ON *.*", ", mage2sage."},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, "m2_")
			s.config.User, s.config.Password = s.user("p", c.rights, "SELECT ON `"+s.config.Database+"`.*"), "p"
			topics, names := newTopics(t)
			for _, f := range Preflight(t.Context(), s.config, names) {
				if f.Check == "replicas" && f.Warning != (c.says == "") {
					t.Errorf("%s; want a warning where the replicas cannot be seen", f)
				}
			}
			first := start(t, s.config, topics, names)
			first.snapshotDone()
			others, otherNames := newTopics(t)
			second := start(t, s.config, others, otherNames)
			var err error
			until(t, "one of them has ended", func() bool {
				for _, r := range []*running{first, second} {
					select {
					case err = <-r.done:
						r.done <- err
						return true
					default:
					}
				}
				return false
			})
			var setup *source.SetupError
			want := fmt.Sprintf("source: source.server_id %d is in use by another replica%s", s.config.ServerID, c.says)
			if !errors.As(err, &setup) || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "set source.server_id to a number") {
				t.Errorf("it ended with %v, want it to begin with %q", err, want)
			}
		})
	}
}

// A person asks before the second capture is started, so that neither is disturbed. Our own
// connection, which may still be listed, is none of another.
func TestPreflightNamesAReplicaUnderOurServerID(t *testing.T) {
	s := newShop(t, "m2_")
	s.config.User, s.config.Password = s.user("p", "REPLICATION SLAVE, BINLOG MONITOR, REPLICATION MASTER ADMIN ON *.*", "SELECT ON `"+s.config.Database+"`.*"), "p"
	topics, names := newTopics(t)
	first := start(t, s.config, topics, names)
	first.snapshotDone()
	want := fmt.Sprintf("source: source.server_id %d is in use by another replica, mage2sage.%s: set source.server_id to a number", s.config.ServerID, names.Prefix)
	if err := source.Refusal(Preflight(t.Context(), s.config, topic.Names{Prefix: "another"})); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("preflight says %v, want %s", err, want)
	}
	if err := source.Refusal(Preflight(t.Context(), s.config, names)); err != nil {
		t.Errorf("of ourselves it says %v", err)
	}
}
