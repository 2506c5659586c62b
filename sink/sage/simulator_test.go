package sage

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// onSimulator is a scene in a business of a simulator, which refuses what Sage's reference does not
// name, and texts that are too long.
func onSimulator(t *testing.T, o simulator.Options) (*scene, *simulator.Server) {
	t.Helper()
	o.Clock = func() time.Time { return time.Date(2026, 3, 16, 9, 30, 0, 0, time.UTC) }
	sim, url := simulator.Start(t, o)
	c := DefaultConfig()
	c.APIURL, c.CallsPerSecond, c.CallsPerSecondPerBusiness = url, 1e6, 1e6
	client := NewClient(NewNetwork(c), auth.StaticToken(sim.Grant().Access), "b", simulator.BusinessID(0))
	return &scene{t: t, client: client, ids: map[string]string{}}, sim
}

func TestTheSimulatorAnswersEveryCallOfTheClient(t *testing.T) {
	s, sim := onSimulator(t, simulator.Options{})
	for _, step := range walk {
		got, err := step.do(t.Context(), s)
		if err != nil {
			t.Fatalf("%s: %v", step.method, err)
		}
		if differs := s.differs(got); len(differs) > 0 {
			t.Errorf("%s: %v differ from what was sent: it would be changed for ever", step.method, differs)
		}
		s.sent = nil
		if strings.HasPrefix(step.method, "Client.Find") && reflect.ValueOf(got).Len() == 0 {
			t.Errorf("%s finds nothing of what was made", step.method)
		}
		if changes := reflect.ValueOf(got); strings.HasSuffix(step.method, "Changes") && changes.FieldByName("Changed").Len() == 0 {
			t.Errorf("%s sees nothing of what was made", step.method)
		}
		if l := sim.Ledgers()[0]; !l.Balanced || !l.DebtorsAgree {
			t.Fatalf("%s: the ledger balances: %v, debtors agree: %v", step.method, l.Balanced, l.DebtorsAgree)
		}
	}
	if n := sim.Calls().UnknownFields; n != 0 {
		t.Errorf("%d fields or parameters that Sage's reference does not name were sent", n)
	}
}
