package capture

import (
	"context"
	"maps"
	"strconv"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/snapshot"
	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/capture/stream"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// Of carts only those leave whose price is negotiated. Which these are is listed once for a
// session, later than the place where it begins, and kept by the stream from then on. It may
// begin far behind: of a cart that is deleted before the place of the list, and is not on it,
// nobody knows whether it was negotiated once, and the topic is searched for such.

// negotiatedCarts lists those of the shop, with all that was read of its log until now.
func negotiatedCarts(ctx context.Context, db *source.Database) (stream.Carts, error) {
	if t, _ := magento.ByName(magento.CartTable); !db.Captures(t) {
		return stream.Carts{}, nil
	}
	end, err := db.EndOfLog(ctx) // where the session begins is in it, and committed
	if err != nil {
		return stream.Carts{}, err
	}
	carts, at, err := snapshot.Negotiated(ctx, db, end)
	return stream.Carts{Negotiated: carts, Until: at}, err
}

// readWanted reads the carts that began to be negotiated, which were written before that. It
// takes its turn with the snapshots that people ask for.
func (q *requester) readWanted(ctx context.Context) error {
	if t, _ := magento.ByName(magento.CartTable); !q.db.Captures(t) {
		return nil
	}
	var wanted stream.Wanted
	err := q.streamer.RunAtBoundary(ctx, position.Position{}, func(context.Context) error {
		wanted = q.streamer.TakeWanted()
		return nil
	})
	if err != nil || len(wanted.Roots) == 0 && !wanted.All {
		return err
	}
	if _, err := q.shots.Do(ctx, wantedJob(wanted, q.db.Captures)); err != nil {
		return err // the next session reads them
	}
	return q.streamer.RunAtBoundary(ctx, position.Position{}, func(context.Context) error {
		q.streamer.WantedRead()
		return nil
	})
}

// wantedJob reads the rows of carts, without a word of those that are there no more.
func wantedJob(wanted stream.Wanted, captures func(magento.Table) bool) (job snapshot.Job) {
	job.Of.Domain = change.Sales
	for _, t := range magento.InDomain(change.Sales) {
		if t.Filter == magento.NegotiatedCarts && captures(t) {
			job.Tables = append(job.Tables, t)
		}
	}
	var numbers []string
	for _, root := range wanted.Roots {
		if id, ok := root.Number(); ok && !wanted.All {
			numbers = append(numbers, strconv.FormatUint(id, 10))
		}
	}
	job.Some = func(t magento.Table) *snapshot.Some { return &snapshot.Some{Column: t.Root.Column, Values: numbers} }
	return job
}

// withStrayCarts are the roots of a task, and those of the carts in the topic that are not
// negotiated: their rows are compared with the tables, too.
func (s *Stage) withStrayCarts(ctx context.Context, task stream.Bereft) (map[change.Domain]map[change.Root]bool, error) {
	strays := map[change.Root]bool{}
	for p, end := range task.Ends[change.Sales] {
		start, err := s.Topics.StartOffset(ctx, s.Names.Raw(change.Sales), p)
		if err != nil {
			return nil, err
		}
		_, err = s.Topics.ReadTo(ctx, s.Names.Raw(change.Sales), p, start, end, func(r topic.Record) error {
			s.Health.Prove(comparing)
			root := change.Root(r.Header(change.HeaderRoot))
			id, ok := root.Number()
			if _, negotiated := task.Negotiated[id]; ok && !negotiated && root.Kind() == change.AggregateEstimate {
				strays[root] = true
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	all := maps.Clone(task.Roots)
	if all == nil {
		all = map[change.Domain]map[change.Root]bool{}
	}
	maps.Copy(strays, all[change.Sales])
	all[change.Sales] = strays
	return all, nil
}
