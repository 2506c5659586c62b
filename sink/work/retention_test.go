package work

import (
	"strings"
	"testing"
	"time"
)

func TestPeriodsAreWrittenInDays(t *testing.T) {
	for text, want := range map[string]Days{"90d": 90, "1d": 1, "2192d": 2192} {
		var d Days
		if err := d.UnmarshalText([]byte(text)); err != nil || d != want || d.String() != text {
			t.Errorf("%s is %s, %v", text, d, err)
		}
	}
	for _, text := range []string{"", "90", "d", "-1d", "1.5d", "90h", "72mo", "99999999d"} {
		var d Days
		if err := d.UnmarshalText([]byte(text)); err == nil || !strings.Contains(err.Error(), "such as 90d") {
			t.Errorf("%q: %v, want what to write", text, err)
		}
	}
	now := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	if got := Days(30).Before(now); !got.Equal(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)) {
		t.Errorf("thirty days before is %s", got)
	}
}

func TestTooShortAPeriodIsRefusedByItsKey(t *testing.T) {
	if err := DefaultRetention().Validate(); err != nil {
		t.Errorf("the default is refused: %v", err)
	}
	for key, r := range map[string]Retention{
		"retention.after_disconnect": {AfterDisconnect: 6, Audit: 31, PersonalData: 1},
		"retention.audit":            {AfterDisconnect: 7, Audit: 30, PersonalData: 1},
		"retention.personal_data":    {AfterDisconnect: 7, Audit: 31, PersonalData: 0},
	} {
		if err := r.Validate(); err == nil || !strings.HasPrefix(err.Error(), key+" is ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want that alone refused", key, err)
		}
	}
}
