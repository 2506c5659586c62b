package finding

import "testing"

func TestAFindingIsOneLineWithWhatToType(t *testing.T) {
	for name, c := range map[string]struct {
		finding Finding
		want    string
	}{
		"all is well":         {Finding{Check: "log_bin"}, "log_bin: ok"},
		"a problem with hint": {Finding{Check: "log_bin", Problem: "it is off", Hint: "put log_bin in my.cnf"}, "log_bin: it is off: put log_bin in my.cnf"},
		"a problem alone":     {Finding{Check: "log_bin", Problem: "it is off"}, "log_bin: it is off"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.finding.String(); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

func TestOnlyFaultsKeepAStageFromWorking(t *testing.T) {
	list := List{{Check: "a"}, {Check: "b", Problem: "bad"}, {Check: "c", Problem: "could be better", Warning: true}}
	faults := list.Faults()
	if len(faults) != 1 || faults[0].Check != "b" {
		t.Errorf("faults are %v, want b alone", faults)
	}
}
