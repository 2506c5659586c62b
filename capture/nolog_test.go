package capture

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// Without a log the server cannot say where its log ends, so a check after the one
// that finds the fault cannot be made. The fault is what a person has to read.
func TestAServerWithoutABinaryLogIsToldAsTheFaultThatItIs(t *testing.T) {
	t.Parallel()
	server := servers.PrivateForTest(t, servers.Options{Only: []string{"source"}, SourceArgs: []string{"--skip-log-bin"}}).Source
	s := newShopOn(t, server.DSN, "")
	err := source.Refusal(Preflight(t.Context(), s.config, topic.Names{Prefix: "p"}))
	if err == nil || !strings.Contains(err.Error(), "writes no binary log") || strings.Contains(err.Error(), "%!") {
		t.Errorf("preflight says %v", err)
	}
	topics, names := newTopics(t)
	stage := &Stage{Config: s.config, Partitions: testPartitions, Topics: topics, Names: names}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second) // a stage that goes on trying ends without an error
	defer cancel()
	err = stage.Run(ctx)
	if err == nil || !strings.HasPrefix(err.Error(), "source: the server writes no binary log: put log_bin") {
		t.Errorf("the first start ends with %v, want what to put into my.cnf", err)
	}
}
