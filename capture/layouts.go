package capture

import (
	"context"
	"maps"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/capture/source"
)

// A log without column names is read by the columns that its tables have at the position
// of the rows. information_schema knows those of now alone. They are those of a position
// when they are the same before and after it was taken, or the same as were saved
// with it; from there on every DDL on a table is seen in the log, and takes them away.

// settle keeps of the columns of now those that belong to the resume point.
func (p *resumePoint) settle(now map[string][]row.Definition) {
	p.layouts = now
	maps.DeleteFunc(p.layouts, func(table string, columns []row.Definition) bool {
		return p.checkpoint.Layouts[table] != row.Digest(columns)
	})
	p.checkpoint.Layouts = digests(p.layouts)
}

func digests(layouts map[string][]row.Definition) map[string]string {
	all := map[string]string{}
	for table, columns := range layouts {
		all[table] = row.Digest(columns)
	}
	return all
}

// beginSettled begins an epoch, and keeps the columns that did not change meanwhile.
func (s *Stage) beginSettled(ctx context.Context, db *source.Database, p *resumePoint) error {
	before, err := db.Definitions(ctx)
	if err != nil {
		return err
	}
	if err := s.beginEpoch(ctx, db, p); err != nil {
		return err
	}
	p.checkpoint.Layouts = digests(before)
	return nil
}
