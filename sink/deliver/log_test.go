package deliver

import (
	"bytes"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/sink/work"
)

func TestASettledOperationIsAWarningWithTheReasonWhereAPersonMustLook(t *testing.T) {
	parked := &work.Posting{State: work.ItemParked, Reason: work.TotalMismatch, Hint: "compare both"}
	for name, c := range map[string]struct {
		result work.CallResult
		want   string
	}{
		"all went well":                   {work.CallResult{State: work.Confirmed, Posted: &work.Posting{State: work.ItemPosted}}, `"level":"info"`},
		"Sage refused it":                 {work.CallResult{State: work.Refused, Reason: "RecordInvalid", Hint: "look"}, `"level":"warn","reason":"RecordInvalid","hint":"look"`},
		"it was made, and the item parks": {work.CallResult{State: work.Confirmed, Posted: parked}, `"level":"warn","reason":"total_mismatch","hint":"compare both"`},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			(&Deliverer{Log: zerolog.New(&out)}).log(c.result)
			if !strings.Contains(out.String(), c.want) || strings.Count(out.String(), "\n") != 1 {
				t.Errorf("logged %s, want one line with %s", out.String(), c.want)
			}
		})
	}
}
