package capture

import (
	"context"
	"time"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// The functions of this file are orders: the pump runs them at a boundary.

// openWindow begins to note what the stream touches of a table and returns where
// the log stands: a read view must not be older.
func (p *pump) openWindow(t magento.Table) position.Position {
	p.window = &window{table: t.Name, touched: map[string]struct{}{}}
	return p.place
}

// deliver collects the rows of a chunk. A row that the stream has touched since
// the window opened is left to the stream: it was published, and newer.
func (p *pump) deliver(ctx context.Context, t magento.Table, rows []selected, progress *change.Progress) error {
	p.origin = origin{
		source: p.source, database: p.database, table: t.Name, serverID: p.at.ServerID, gtid: p.at.GTID,
		file: p.place.File, pos: p.place.Pos, tsMS: p.at.TSMS, nowMS: time.Now().UnixMilli(), snapshot: true,
	}
	window := p.window
	p.window = nil
	for i := range rows {
		if _, touched := window.touched[string(rows[i].img.Key)]; touched {
			continue
		}
		if err := p.selected(ctx, t, &rows[i]); err != nil {
			return err
		}
		if p.publisher.full() {
			if err := p.publisher.flush(ctx); err != nil {
				return err
			}
		}
	}
	progress.Rows += int64(p.origin.row)
	p.metrics.snapshotRows.Add(float64(p.origin.row))
	if _, err := p.publisher.mark(p.marker(p.place)); err != nil {
		return err
	}
	return p.note(t.Domain, *progress)
}

// selected collects one row of a chunk.
func (p *pump) selected(ctx context.Context, t magento.Table, row *selected) error {
	if parent := t.Root.Parent; parent != "" {
		id, ok := number(row.img.Root)
		root, rooted := number(row.parent)
		if ok && rooted {
			p.roots.parents[parent].Add(id, root)
		}
	}
	s, err := p.side(ctx, t, &row.img)
	if err != nil || s.img == nil {
		return err
	}
	p.row(t, change.Read, nil, s)
	return nil
}

// beginSnapshot and endSnapshot put the control record into every partition.
func (p *pump) beginSnapshot(d change.Domain, progress *change.Progress) error {
	*progress = change.Progress{Epoch: p.at.Epoch, Begin: p.version}
	return p.control(change.KindSnapshotBegin, d, progress)
}

func (p *pump) endSnapshot(d change.Domain, progress *change.Progress) error {
	progress.Done, progress.Table, progress.After, progress.Until = true, "", nil, nil
	return p.control(change.KindSnapshotEnd, d, progress)
}

func (p *pump) control(kind string, d change.Domain, progress *change.Progress) error {
	record, err := controlRecord(kind, change.SnapshotKey(kind, d), p.version,
		change.Snapshot{Domain: d, Version: p.version, Begin: progress.Begin})
	if err != nil {
		return err
	}
	for partition := range p.publisher.lanes[d] {
		p.publisher.add(d, partition, record, false)
	}
	return p.note(d, *progress)
}

// note has a domain's progress saved with the next position.
func (p *pump) note(d change.Domain, progress change.Progress) error {
	if p.save.progress == nil {
		p.save.progress = map[change.Domain]change.Progress{}
	}
	p.save.progress[d] = progress
	p.save.moved, p.save.published = true, true
	return nil
}
