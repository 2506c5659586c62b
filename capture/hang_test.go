package capture

import (
	"net"
	"slices"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/health"
)

func TestASessionThatHangsInItsFirstStepIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // it accepts, and never answers
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	topics, names := newTopics(t)
	c := Config{Name: "shop", Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, User: "mage2sage", Database: "magento", ServerID: 7}
	board := &health.Board{}
	run(t, &Stage{Config: c, Partitions: testPartitions, Topics: topics, Names: names, Health: board})
	until(t, "the board names what hangs", func() bool {
		p := board.Proof()
		return p.Loop == beginning && p.At.IsZero() && !p.Owed.IsZero()
	})
}

func TestTheLoopsOfCaptureAreExpectedFromTheirBeginning(t *testing.T) {
	s := newShop(t, "")
	topics, names := newTopics(t)
	board := &health.Board{}
	var owed []string // in the order in which they owed their first sign, and had not given it
	r := run(t, &Stage{Config: s.config, Partitions: testPartitions, Topics: topics, Names: names, Health: board})
	until(t, "each loop has proved itself", func() bool {
		p := board.Proof()
		if p.At.IsZero() && p.Loop != "" && !slices.Contains(owed, p.Loop) {
			owed = append(owed, p.Loop)
		}
		return p.Loop != "" && !p.At.IsZero() && p.Loop != beginning
	})
	if !slices.Contains(owed, locking) {
		t.Errorf("%v owed their first sign, want the lock among them: it is asked for the first time after a while", owed)
	}
	r.alive()
}
