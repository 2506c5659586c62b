package capture

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/mage2sage/mage2sage/capture/binlog"
	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

const (
	// trickle is how long the records of an open transaction wait for more.
	trickle = 2 * time.Millisecond
	// stretch is how many transactions the records of a closed one wait for while
	// events keep coming: under a flood of noise nothing else would flush them.
	stretch = 200
	// saveBusy and saveNoise bound how often a position is saved: after something
	// was published, and while only unwanted tables change.
	saveBusy  = 200 * time.Millisecond
	saveNoise = time.Second
)

// A log is what the pump reads: binlog.Session in production.
type log interface {
	Events() <-chan binlog.Event
	Err() error
}

// A pump moves events from the log to the publisher, one goroutine for all, and
// serves the snapshot's orders where no transaction is open.
type pump struct {
	source    string
	database  string
	log       log
	roots     *roots
	filter    *filter
	publisher *publisher
	book      *book
	metrics   *metrics
	orders    chan *order

	at      change.Checkpoint // at the last boundary; end offsets and markers are the publisher's
	place   position.Position // where the log stands at the last boundary
	open    bool              // in a transaction
	origin  origin
	version change.Version // of the open transaction, or of the last one
	pending []*order       // taken and not served yet
	window  *window        // nil when no chunk is being read
	save    saving
	waited  int // boundaries passed since the last flush with something collected
}

// saving is what a position that is not saved yet is worth.
type saving struct {
	moved     bool // the position has moved
	published bool // and something was published with it
	last      time.Time
	progress  map[change.Domain]change.Progress // to be saved with it
}

// run pumps until the log ends or ctx does; then it publishes and saves what it
// has, if it can.
func (p *pump) run(ctx context.Context) error {
	for {
		select {
		case e, ok := <-p.log.Events():
			if err := p.step(ctx, e, ok); err != nil {
				return err
			}
			continue
		case <-ctx.Done():
			return p.finish(ctx)
		default:
		}
		if err := p.rest(ctx); err != nil {
			return err
		}
	}
}

// rest is called when no event is waiting: it publishes, saves, and waits for
// whatever comes first.
func (p *pump) rest(ctx context.Context) error {
	var timer <-chan time.Time
	switch {
	case p.open && !p.publisher.empty():
		timer = time.After(trickle)
	default:
		if err := p.settle(ctx); err != nil {
			return err
		}
		if p.save.moved {
			timer = time.After(time.Until(p.due()))
		}
	}
	select {
	case e, ok := <-p.log.Events():
		return p.step(ctx, e, ok)
	case o := <-p.orders:
		p.pending = append(p.pending, o)
		return p.serve(ctx)
	case <-timer:
		return p.settle(ctx)
	case <-ctx.Done():
		return nil
	}
}

// settle publishes what is collected and then saves the position, when that is due.
func (p *pump) settle(ctx context.Context) error {
	p.waited = 0
	if err := p.publisher.flush(ctx); err != nil {
		return err
	}
	if !p.save.moved || time.Now().Before(p.due()) {
		return nil
	}
	return p.keep(ctx)
}

func (p *pump) due() time.Time {
	if p.save.published {
		return p.save.last.Add(saveBusy)
	}
	return p.save.last.Add(saveNoise)
}

// keep saves the last boundary. Everything collected must be acknowledged. In the
// middle of a transaction the markers are still those of the last boundary.
func (p *pump) keep(ctx context.Context) error {
	at := p.at
	at.EndOffsets, at.Markers = p.publisher.ends(), p.publisher.markers()
	if err := p.book.save(ctx, at, p.save.progress); err != nil {
		return err
	}
	p.save = saving{last: time.Now()}
	return nil
}

// finish publishes and saves once more after ctx has ended, within a time of its
// own; not when somebody else may hold the lock by now.
func (p *pump) finish(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), errLockLost) {
		return ctx.Err()
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := p.publisher.flush(last); err != nil {
		return err
	}
	if p.save.moved {
		if err := p.keep(last); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// step takes one event.
func (p *pump) step(ctx context.Context, e binlog.Event, ok bool) error {
	if !ok {
		if ctx.Err() != nil {
			return p.finish(ctx)
		}
		return p.log.Err()
	}
	switch e.Kind {
	case binlog.Begin:
		return p.begin(e)
	case binlog.Rows:
		return p.rows(ctx, e)
	case binlog.Commit:
		return p.commit(ctx, e)
	}
	return p.boundary(ctx, e.At)
}

// begin opens a transaction. It gets the next sequence whether or not it has rows
// for us, so that reading the log again gives the same numbers.
func (p *pump) begin(e binlog.Event) error {
	p.open = true
	p.version.Sequence = p.at.Sequence + 1
	p.origin = origin{
		source: p.source, database: p.database, serverID: p.at.ServerID,
		gtid: e.GTID, file: e.At.File, pos: e.At.Pos, tsMS: e.TSMS,
	}
	return nil
}

// rows collects the rows of one event.
func (p *pump) rows(ctx context.Context, e binlog.Event) error {
	if !p.open {
		return fmt.Errorf("rows of %s at %s stand outside of a transaction", e.Layout.Table.Name, e.At)
	}
	p.origin.table, p.origin.nowMS = e.Layout.Table.Name, time.Now().UnixMilli()
	p.origin.file, p.origin.pos = e.At.File, e.At.Pos
	for _, c := range e.Changes {
		if err := p.change(ctx, e.Layout.Table, c); err != nil {
			return err
		}
	}
	if p.publisher.full() {
		return p.settle(ctx)
	}
	return nil
}

// commit closes a transaction.
func (p *pump) commit(ctx context.Context, e binlog.Event) error {
	if !p.open {
		return fmt.Errorf("a commit at %s has no beginning", e.At)
	}
	p.open = false
	p.at.Sequence, p.at.GTID, p.at.TSMS = p.version.Sequence, e.Executed, p.origin.tsMS
	p.metrics.transactions.Inc()
	touched, err := p.publisher.mark(p.marker(e.At))
	if err != nil {
		return err
	}
	if touched {
		p.save.published = true
		p.metrics.behind.Set(max(0, time.Since(time.UnixMilli(p.origin.tsMS)).Seconds()))
	}
	return p.boundary(ctx, e.At)
}

func (p *pump) marker(at position.Position) change.Commit {
	return change.Commit{Version: p.version, GTID: p.at.GTID, File: at.File, Pos: at.Pos, TSMS: p.at.TSMS}
}

// boundary is where no transaction is open: the position moves, and orders whose
// place is reached are served.
func (p *pump) boundary(ctx context.Context, at position.Position) error {
	p.place = at
	p.at.File, p.at.Pos = at.File, at.Pos
	p.save.moved = true
	for {
		select {
		case o := <-p.orders:
			p.pending = append(p.pending, o)
			continue
		default:
		}
		break
	}
	if p.overdue() {
		if err := p.settle(ctx); err != nil {
			return err
		}
	}
	return p.serve(ctx)
}

// overdue tells, where events keep coming and the pump cannot rest, that records
// have waited long enough or that a position without any is due to be saved.
func (p *pump) overdue() bool {
	if p.publisher.empty() {
		p.waited = 0
		return !time.Now().Before(p.due())
	}
	p.waited++
	return p.waited >= stretch
}

// collect adds a row's record to the partition of its root.
func (p *pump) collect(t change.Domain, root change.Root, r topic.Record) {
	partition := 0
	if root != "" {
		partition = topic.Partition(root, len(p.publisher.lanes[t]))
	}
	p.publisher.add(t, partition, r, true)
}
