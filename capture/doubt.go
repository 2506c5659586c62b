package capture

import (
	"context"
	"maps"
	"slices"

	"github.com/mage2sage/mage2sage/capture/binlog"
	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// Where the log tells of one table too little, that table is in doubt and not the shop: its
// rows in the log are passed over up to the end that the log has now, and a snapshot brings
// them. The log of all others is read without a gap, in the same epoch.
//
//	log       ──────── TRUNCATE ── rows of the table ── end of now ── rows of the table ───►
//	table     read ─── passed over ─────────────────── snapshot, and the log again
//	others    read ────────────────────────────────────────────────────────────────────────►

// inDoubt is what has to be snapshotted when the rows of a table are in doubt: the table where
// no other hangs on it, else the domains of all that do. ok is false where that is as good as
// the whole shop.
func inDoubt(t magento.Table) (all []change.Scope, ok bool) {
	domains := map[change.Domain]bool{}
	for _, other := range magento.Tables {
		if hangsOn(other, t) {
			domains[t.Domain], domains[other.Domain] = true, true
		}
	}
	if domains[change.Reference] {
		return nil, false
	}
	for _, d := range slices.Sorted(maps.Keys(domains)) {
		all = append(all, change.Scope{Domain: d})
	}
	if len(all) == 0 {
		all = []change.Scope{{Domain: t.Domain, Table: t.Name}}
	}
	return all, true
}

// hangsOn reports whether a row of a table may go, change or move with one of another.
func hangsOn(t, on magento.Table) bool {
	atRoot := t.Root.Kind != "" && t.Root.Kind == on.Root.Kind && on.Root.Parent == "" && on.Root.Column == on.PK[0]
	linked := slices.ContainsFunc(magento.LinksTo(on.Name), func(l magento.Link) bool { return l.Table == t.Name })
	return t.Name != on.Name && (atRoot || t.Root.Parent == on.Name || linked)
}

// doubtTable puts a table in doubt from the place on where its log could not be read, to the
// end that the log has now. What lies before the place is read again as it was. It returns
// false where the shop is in doubt: others hang on the table, or what an earlier session has
// published lies behind the place, and would get other versions.
func (p *resumePoint) doubtTable(ctx context.Context, db *source.Database, why reset) (bool, error) {
	t, known := magento.ByName(why.table)
	scopes, narrow := inDoubt(t)
	physical := nameInShop(db, why.table)
	behind := why.version.Before(p.published) // a part of the next transaction is enough
	if !known || !narrow || physical == "" || p.takenOver || behind {
		return false, nil
	}
	before, err := db.Columns(ctx, physical)
	if err != nil {
		return false, err
	}
	end, err := db.EndOfLog(ctx)
	if err != nil {
		return false, err
	}
	p.checkpoint.Doubts = maps.Clone(p.checkpoint.Doubts)
	if p.checkpoint.Doubts == nil {
		p.checkpoint.Doubts = map[string]change.Doubt{}
	}
	from := change.Place(why.at)
	d := change.Doubt{From: from, Until: change.Place(end.At), Begin: from, Layout: row.Digest(before)}
	if slices.Contains(why.explained, why.table) {
		d.Emptied = why.table
	}
	if earlier, in := p.checkpoint.Doubts[physical]; in && why.at.Reached(placeOf(earlier.From)) { // not over at the checkpoint
		d.From = earlier.From
	}
	p.checkpoint.Doubts[physical] = d
	for _, of := range scopes {
		p.snapshotAgain(of)
	}
	return true, nil
}

// snapshotAgain has a domain or a table snapshotted. A table whose domain has a snapshot under
// way gets one of its own: what was brought of it may be gone.
func (p *resumePoint) snapshotAgain(of change.Scope) {
	domain, begun := p.progress[of.Domain]
	begun = begun && !domain.Begin.IsZero()
	switch {
	case of.Table == "":
		p.progress[of.Domain] = change.Progress{Epoch: p.checkpoint.Epoch}
	case begun:
		if !domain.Done {
			domain.Parts = slices.DeleteFunc(slices.Clone(domain.Parts), func(part change.Part) bool { return part.Table == of.Table })
			domain.Tables = append(without(domain.Tables, []string{of.Table}), of.Table)
			p.progress[of.Domain] = domain
		}
		p.tables[of.Table] = change.Progress{Epoch: p.checkpoint.Epoch}
	}
	p.again = append(p.again, of)
}

// againProgress is what the snapshots that were ordered have brought, which is saved with the
// doubt.
func (p *resumePoint) againProgress() map[change.Scope]change.Progress {
	all := map[change.Scope]change.Progress{}
	for _, of := range p.again {
		if domain, known := p.progress[of.Domain]; known {
			all[change.Scope{Domain: of.Domain}] = domain
		}
		if table, known := p.tables[of.Table]; known {
			all[of] = table
		}
	}
	return all
}

// nameInShop is the name that a captured table has in the shop; "" where it has none.
func nameInShop(db *source.Database, table string) string {
	for physical, t := range db.CapturedTables() {
		if t.Name == table {
			return physical
		}
	}
	return ""
}

// passedOver are the doubts of the resume point for the reader of the log. Columns that are
// still those of a doubt's end are known there.
func (p *resumePoint) passedOver(now map[string][]row.Definition) map[string]binlog.Doubt {
	all := map[string]binlog.Doubt{}
	for table, d := range p.checkpoint.Doubts {
		doubt := binlog.Doubt{From: placeOf(d.From), Until: placeOf(d.Until)}
		if columns := now[table]; d.Layout != "" && row.Digest(columns) == d.Layout {
			doubt.Columns = columns
		}
		all[table] = doubt
	}
	return all
}

func placeOf(p change.Place) position.Position { return position.Position(p) }

// notBefore are the places that the log has to reach before a table in doubt is read.
func (p *resumePoint) notBefore(db *source.Database) map[string]position.Position {
	all := map[string]position.Position{}
	for physical, t := range db.CapturedTables() {
		if d, in := p.checkpoint.Doubts[physical]; in {
			all[t.Name] = placeOf(d.Until)
		}
	}
	return all
}

// beginnings are the places at which the snapshots of what is in doubt begin: behind all that
// was published of it. A domain whose snapshot has not begun brings its tables itself.
func (p *resumePoint) beginnings(db *source.Database) map[change.Scope]position.Position {
	all := map[change.Scope]position.Position{}
	for physical, t := range db.CapturedTables() {
		d, in := p.checkpoint.Doubts[physical]
		if !in {
			continue
		}
		scopes, _ := inDoubt(t)
		for _, of := range scopes {
			if p.progress[of.Domain].Begin.IsZero() {
				of.Table = ""
			}
			if from := placeOf(d.Begin); from.Reached(all[of]) {
				all[of] = from
			}
		}
	}
	return all
}
