package capture

import (
	"testing"

	"github.com/mage2sage/mage2sage/schemas/change"
)

func TestWhatTheLogHasForACheckpoint(t *testing.T) {
	t.Parallel()
	s, r := seeded(t, 2)
	r.caughtUp(s)
	r.halt()
	saved := r.state().Checkpoint
	for name, c := range map[string]struct {
		at     func(*change.Checkpoint)
		purged bool
	}{
		"its place":                      {func(*change.Checkpoint) {}, false},
		"a file that is there no more":   {func(at *change.Checkpoint) { at.File += "0" }, true},
		"a place that its file lacks":    {func(at *change.Checkpoint) { at.Pos += 1 << 40 }, true},
		"a place on another server":      {func(at *change.Checkpoint) { at.File, at.ServerID = at.File+"0", at.ServerID+1 }, false},
		"a checkpoint that has no place": {func(at *change.Checkpoint) { at.File, at.ByGTID = at.File+"0", true }, false},
	} {
		at := saved
		c.at(&at)
		left, err := AskRetention(t.Context(), s.config, r.stage.Names, at)
		if err != nil || left.Purged != c.purged || left.End.File == "" {
			t.Errorf("%s: %+v, %v; want purged %v", name, left, err, c.purged)
		}
	}
}
