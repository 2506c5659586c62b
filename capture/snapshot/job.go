package snapshot

import (
	"context"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A Job is what somebody has asked to be read again.
type Job struct {
	// Request is the id of who asked. What is left of it when a session ends is done by the
	// next one, in its ordinary course.
	Request string
	// Of is a domain or a table, which is read between control records, as a whole: what the
	// topic has beyond it is gone afterwards.
	Of change.Scope
	// Tables are those that are read.
	Tables []magento.Table
	// Some are the rows that are read of each, as the shop keeps it; nil is all. Then Of names
	// nothing, there are no control records, and nothing goes.
	Some func(magento.Table) *Some
	// Report is told now and then how far it is.
	Report func(change.Progress)
}

// Do does a job, and returns what it has read.
func (s *Snapshotter) Do(ctx context.Context, job Job) (change.Progress, error) {
	l := newLedger(job.Of, change.Progress{Request: job.Request})
	l.report = job.Report
	if job.Some == nil {
		err := s.take(ctx, l, job.Tables)
		return l.progress(), err
	}
	l.some, l.kept = job.Some, false
	if err := s.unsettle(ctx); err != nil {
		return change.Progress{}, err
	}
	if err := s.deliver(ctx, job.Tables, l); err != nil {
		return change.Progress{}, err
	}
	return l.progress(), s.unsettle(ctx)
}

// Finished is what a snapshot has read that was asked for and that this session has finished.
// Only Run and Do change it.
func (s *Snapshotter) Finished(request string) (p change.Progress, ok bool) {
	p, ok = s.finished[request]
	return p, ok
}
