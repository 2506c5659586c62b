package sink

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/sink/deliver"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A Rebuild reads Sage's lists of a binding's business whole, and adopts what Postgres does not
// know: what a database that is lost has made, or another connector. Delivery of the binding is
// closed from its beginning to its end, so one that was interrupted begins again.
//
//	close → lease → lists → ( plan → match each operation that never left → adopt or park )* → open
//
// Rounds follow one another because a document is planned once its contact is adopted, and its
// payment once the document is.
type Rebuild struct {
	DB       *postgres.DB
	Client   *sage.Client
	Binding  string
	Other    *deliver.OtherConnector // whose books are taken over; nil: our own
	Progress func(string)            // told how far it is; never nil
}

const (
	// rebuildLease is how long a rebuild that was killed keeps the business from the next one. It
	// is prolonged beside the reading of the lists, however long a page takes.
	rebuildLease = 30 * time.Second
	prolongEvery = 5 * time.Second
	// rebuildPatience is how long a rebuild waits for a call that is under way.
	rebuildPatience = 2 * time.Minute
)

// Run rebuilds the binding.
func (r *Rebuild) Run(ctx context.Context) (report RebuildReport, err error) {
	b, err := r.binding(ctx)
	if err != nil {
		return report, err
	}
	began, err := r.DB.CloseDelivery(ctx, b.Name)
	if err != nil {
		return report, err
	}
	err = r.withLease(ctx, b, func(ctx context.Context, l work.Lease) error {
		books, err := r.read(ctx)
		if err != nil {
			return err
		}
		var left []work.Standing
		if report, left, err = r.adopt(ctx, r.DB, b, l, books); err != nil {
			return err
		}
		return r.DB.EndRebuild(ctx, l, b.Name, began, left)
	})
	return report, err
}

// Plan says what Run would do, by doing it in a transaction that is taken back. Nothing is
// planned by anybody else meanwhile.
func (r *Rebuild) Plan(ctx context.Context) (report RebuildReport, err error) {
	b, err := r.binding(ctx)
	if err != nil {
		return report, err
	}
	err = r.withLease(ctx, b, func(ctx context.Context, l work.Lease) error {
		books, err := r.read(ctx)
		if err != nil {
			return err
		}
		return r.DB.Rehearse(ctx, func(db *postgres.DB) error {
			report, _, err = r.adopt(ctx, db, b, l, books)
			return err
		})
	})
	report.Plan = true
	return report, err
}

func (r *Rebuild) binding(ctx context.Context) (work.Binding, error) {
	b, err := r.DB.Binding(ctx, r.Binding)
	if err == nil && b.Business == "" {
		err = fmt.Errorf("binding %s has no business yet: run mage2sage connect --binding %s", b.Name, b.Name)
	}
	return b, err
}

// withLease keeps everybody else from making calls to the business meanwhile.
func (r *Rebuild) withLease(ctx context.Context, b work.Binding, do func(context.Context, work.Lease) error) error {
	l := work.Lease{Business: b.Business, Owner: "rebuild " + rand.Text(), TTL: rebuildLease}
	if err := r.acquire(ctx, b, l); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	prolonged := make(chan struct{})
	go func() { defer close(prolonged); r.prolong(ctx, l, cancel) }()
	err := do(ctx, l)
	if lost := context.Cause(ctx); lost != nil && errors.Is(lost, work.ErrLeaseLost) {
		err = lost
	}
	cancel(nil)
	<-prolonged
	released, cancelRelease := context.WithTimeout(context.WithoutCancel(ctx), prolongEvery)
	defer cancelRelease()
	return errors.Join(err, r.DB.Release(released, l))
}

func (r *Rebuild) acquire(ctx context.Context, b work.Binding, l work.Lease) error {
	for began := time.Now(); ; {
		ours, err := r.DB.Acquire(ctx, l)
		switch {
		case err != nil || ours:
			return err
		case time.Since(began) > rebuildPatience:
			return fmt.Errorf("calls are made to the business of binding %s: try again when less is sent, or stop the sink meanwhile", b.Name)
		}
		r.Progress("waiting for calls that are under way")
		if sleep(ctx, interval); ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// prolong keeps the lease until ctx ends, and ends it where the lease is lost.
func (r *Rebuild) prolong(ctx context.Context, l work.Lease, cancel context.CancelCauseFunc) {
	for {
		if sleep(ctx, prolongEvery); ctx.Err() != nil {
			return
		}
		if ours, err := r.DB.Acquire(ctx, l); err == nil && !ours {
			cancel(fmt.Errorf("the rebuild begins again: %w", work.ErrLeaseLost))
			return
		}
	}
}

func (r *Rebuild) read(ctx context.Context) (*deliver.Books, error) {
	lists, err := r.Client.Lists(ctx, func(list string, read, total int) { r.Progress(fmt.Sprintf("%s: %d of %d read", list, read, total)) })
	if err != nil {
		return nil, fmt.Errorf("read Sage's lists: %w", err)
	}
	return deliver.NewBooks(lists), nil
}

// adopt plans what is due, and adopts or parks what the books have of it, until a round finds
// nothing. left is what stands in the books and belongs to nobody.
func (r *Rebuild) adopt(ctx context.Context, db *postgres.DB, b work.Binding, l work.Lease, books *deliver.Books) (report RebuildReport, left []work.Standing, err error) {
	report = newReport(b.Name, books)
	for news := true; news; {
		if err := r.plan(ctx, db); err != nil {
			return report, nil, err
		}
		if news, err = r.round(ctx, db, l, books, &report); err != nil {
			return report, nil, err
		}
		r.Progress(fmt.Sprintf("%d adopted", report.adopted()))
	}
	known, err := db.KnownInSage(ctx, b.Business)
	if err != nil {
		return report, nil, err
	}
	documents, err := db.KnownDocuments(ctx, b.Name)
	if err != nil {
		return report, nil, err
	}
	left, err = report.leave(b, r.Other, books.Standing(), known, documents)
	return report, left, err
}

// plan plans what is due. What has no verdict is put off, as always.
func (r *Rebuild) plan(ctx context.Context, db *postgres.DB) error {
	n := 0
	planned := func() { n++; r.Progress(fmt.Sprintf("%d documents and customers planned", n)) }
	pl := &planner{db: db, metrics: newMetrics(nil), log: zerolog.Nop(), planned: func() {}, planning: planned, now: time.Now}
	err := pl.step(ctx)
	var undecided *postgres.UndecidedError
	if errors.As(err, &undecided) {
		return nil
	}
	return err
}

// round matches every operation that never left; news says that something became of one.
func (r *Rebuild) round(ctx context.Context, db *postgres.DB, l work.Lease, books *deliver.Books, report *RebuildReport) (news bool, err error) {
	all, err := db.Candidates(ctx, r.Binding)
	if err != nil {
		return false, err
	}
	report.ToMake = map[work.OperationKind]int{}
	for _, o := range all {
		m, err := books.Match(o, r.Other)
		if err != nil {
			return false, err
		}
		if m.Outcome == deliver.Missing && o.State == work.Planned {
			report.ToMake[o.Kind]++
		}
		if m.Outcome == deliver.Missing || o.State == work.Parked && m.Outcome != deliver.Equal {
			if o.State == work.Parked {
				report.add(o, m, books)
			}
			continue
		}
		ok, err := db.Adopt(ctx, l, m.Result, dateOf(m))
		if err != nil {
			return false, err
		}
		if ok {
			news = true
			report.add(o, m, books)
		}
	}
	return news, nil
}

// dateOf is the day on which something that was adopted stands in Sage; "" of what has none.
func dateOf(m deliver.Match) string {
	if m.Outcome != deliver.Equal {
		return ""
	}
	return m.Found[0].Date
}
