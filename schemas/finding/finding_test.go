package finding

import (
	"encoding/json"
	"testing"
)

func TestAFindingIsOneLineWithWhatToType(t *testing.T) {
	for name, c := range map[string]struct {
		finding Finding
		want    string
	}{
		"all is well":         {Finding{Check: "log_bin"}, "log_bin: ok"},
		"a problem with hint": {Finding{Check: "log_bin", Problem: "it is off", Hint: "put log_bin in my.cnf"}, "log_bin: it is off: put log_bin in my.cnf"},
		"a warning":           {Finding{Check: "log_bin", Problem: "it is odd", Warning: true}, "log_bin: warning: it is odd"},
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

func TestAFindingIsWrittenForPeopleAndProgramsAlike(t *testing.T) {
	for want, f := range map[string]Finding{
		`{"check":"log_bin"}`:                             {Check: "log_bin"},
		`{"check":"log_bin","problem":"off","hint":"on"}`: {Check: "log_bin", Problem: "off", Hint: "on"},
		`{"check":"metadata","problem":"minimal"}`:        {Check: "metadata", Problem: "minimal", Warning: true},
	} {
		t.Run(want, func(t *testing.T) {
			if text, err := json.Marshal(f); err != nil || string(text) != want {
				t.Errorf("it is written as %s, %v", text, err)
			}
		})
	}
}

func TestAWarningIsNoFaultAndStillNotOK(t *testing.T) {
	f := Finding{Check: "a", Problem: "could be better", Warning: true}
	if f.OK() || len(List{f}.Faults()) != 0 {
		t.Errorf("ok %v, faults %v", f.OK(), List{f}.Faults())
	}
	if faults := (List{}).Faults(); len(faults) != 0 {
		t.Errorf("no findings have the faults %v", faults)
	}
}

func TestFaultsKeepTheOrderOfTheChecks(t *testing.T) {
	list := List{{Check: "c", Problem: "x"}, {Check: "a"}, {Check: "b", Problem: "y"}}
	if faults := list.Faults(); len(faults) != 2 || faults[0].Check != "c" || faults[1].Check != "b" {
		t.Errorf("faults are %v", faults)
	}
}

func TestAStateIsHowBadItIs(t *testing.T) {
	for want, f := range map[State]Finding{
		Pass: {Check: "a", Warning: true},
		Warn: {Check: "a", Problem: "could be better", Warning: true},
		Fail: {Check: "a", Problem: "bad"},
	} {
		t.Run(string(want), func(t *testing.T) {
			if got := f.State(); got != want {
				t.Errorf("%+v is %s", f, got)
			}
		})
	}
}
