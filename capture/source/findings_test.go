package source

import (
	"errors"
	"strings"
	"testing"
)

func TestALogThatHoldsTooLittleIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		settings logSettings
		says     string
	}{
		"no log":                   {logSettings{"0", "ROW", "FULL", "FULL"}, "log_bin"},
		"statements":               {logSettings{"1", "MIXED", "FULL", "FULL"}, "SET GLOBAL binlog_format=ROW"},
		"rows without all columns": {logSettings{"1", "ROW", "MINIMAL", "FULL"}, "SET GLOBAL binlog_row_image=FULL"},
		"all that is needed":       {logSettings{"1", "ROW", "FULL", "NO_LOG"}, ""},
		"duplicates left out":      {logSettings{"1", "ROW", "FULL_NODUP", "FULL"}, "SET GLOBAL binlog_row_image=FULL"},
	} {
		t.Run(name, func(t *testing.T) {
			err := Refusal(c.settings.findings())
			var setup *SetupError
			if c.says == "" && err != nil || c.says != "" && (!errors.As(err, &setup) || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("%+v: %v, want it to say %q", c.settings, err, c.says)
			}
		})
	}
}

func TestEverySettingOfTheLogIsPutRightInTheSameWords(t *testing.T) {
	for _, f := range (logSettings{"1", "MIXED", "MINIMAL", "NO_LOG"}).findings()[1:] {
		t.Run(f.Check, func(t *testing.T) {
			set := f.Check + "=" + wantedSettings[f.Check]
			if want := "type SET GLOBAL " + set + "; and put " + set + " under [mysqld] in my.cnf"; !strings.HasPrefix(f.Hint, want) {
				t.Errorf("%q, want %q", f.Hint, want)
			}
		})
	}
	off := (logSettings{"0", "MIXED", "MINIMAL", "NO_LOG"}).findings()
	for check, value := range wantedSettings { // they are not looked at while there is no log
		if set := check + "=" + value; len(off) != 1 || !strings.Contains(off[0].Hint, set) {
			t.Errorf("%v, want one that says %s", off, set)
		}
	}
}

func TestAServerThatIsNotSupportedYetIsNamed(t *testing.T) {
	for version, want := range map[string]bool{
		"10.11.18-MariaDB-0+deb12u1-log": true, "11.8.9-MariaDB": true, "10.6.0-MariaDB": true,
		"10.5.23-MariaDB": false, "5.7.44-log": false, "8.0.36": true, "8.4.3": true, "9.7.4-2": true,
	} {
		t.Run(version, func(t *testing.T) {
			if got := dialectOf(version) != nil; got != want {
				t.Errorf("%s supported: %v, want %v", version, got, want)
			}
		})
	}
}
