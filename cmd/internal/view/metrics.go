package view

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mage2sage/mage2sage/sink/work"
)

const (
	// measureEvery is how old the facts behind the metrics may be: a scraper must not cost
	// the servers more than a person who looks.
	measureEvery = 15 * time.Second
	// measureWithin keeps a server that does not answer from costing the whole scrape,
	// which Prometheus gives ten seconds.
	measureWithin = 5 * time.Second
)

func description(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("mage2sage_"+name, help, labels, nil)
}

var (
	descVerdict       = description("verdict", "0 well, 1 a person is needed, 2 cannot tell.")
	descParked        = description("parked", "Documents that a person must look at.", "binding")
	descWaiting       = description("waiting", "Documents that wait for something.", "binding")
	descDuplicates    = description("duplicate_documents", "What stands in Sage more than once.", "binding")
	descOldest        = description("oldest_unposted_seconds", "Time since the oldest entity was taken in that is not posted.")
	descToPlan        = description("to_plan", "Entities that were read and are not planned yet.")
	descNoConsent     = description("bindings_needing_consent", "Bindings that a person has to connect.")
	descSetAside      = description("records_set_aside", "Records that were passed over.")
	descBehind        = description("seconds_behind", "Age of the oldest that the stage has not read.", "stage")
	descHeld          = description("deliveries_held", "1 while a person holds the deliveries of the binding, or all.", "binding")
	descCallRate      = description("sage_calls_per_second", "Calls of the app that may leave a second now.")
	descCallsToday    = description("sage_calls_today", "Calls of the app today, UTC.")
	descCallsPerDay   = description("sage_calls_per_day", "The most calls of the app in a day.")
	descBusinessRate  = description("sage_business_calls_per_second", "Calls to the binding's business that may leave a second now.", "binding")
	descBusinessCalls = description("sage_business_calls_today", "Calls to the binding's business today, UTC.", "binding")
	descFrozen        = description("sage_business_frozen_seconds", "How long Sage has asked for no call to the binding's business.", "binding")
	descUntilPurge    = description("seconds_until_purge", "Least time until the source may purge what capture has not read.")
)

// A collector shows as metrics what status shows, so that both say the same:
//
//	mage2sage_verdict                      0 well, 1 a person is needed, 2 cannot tell: of the stages that the facts are about
//	mage2sage_parked{binding}              documents that a person must look at
//	mage2sage_waiting{binding}             documents that wait for something
//	mage2sage_duplicate_documents{binding} what stands in Sage more than once, as the last search has found
//	mage2sage_oldest_unposted_seconds      since the oldest was taken in that is not posted; 0 when all are
//	mage2sage_to_plan                      entities that were read and are not planned yet
//	mage2sage_bindings_needing_consent     bindings that a person has to connect
//	mage2sage_records_set_aside            records that were passed over
//	mage2sage_deliveries_held{binding}     1 while a person holds the deliveries of the binding, or all
//	mage2sage_sage_calls_per_second        calls of the app that may leave a second now; absent, as the next five, where the config file names no app
//	mage2sage_sage_calls_today             calls of the app today, UTC
//	mage2sage_sage_calls_per_day           the most of them; absent without a bound
//	mage2sage_sage_business_calls_per_second{binding}   calls to its business that may leave a second now
//	mage2sage_sage_business_calls_today{binding}        calls to its business today, UTC
//	mage2sage_sage_business_frozen_seconds{binding}     how long Sage has asked for no call to it; 0 when it has not
//	mage2sage_seconds_behind{stage}        age of the oldest that the stage has not read; absent while that is not known
//	mage2sage_seconds_until_purge          until the source may purge what capture has not read; absent when it will not
//
// What is not known is absent.
type collector struct {
	read func(context.Context) Facts

	mu    sync.Mutex
	facts Facts
	at    time.Time
}

// Measure registers the metrics. read is asked at most once in measureEvery.
func Measure(r prometheus.Registerer, read func(context.Context) Facts) {
	r.MustRegister(&collector{read: read})
}

// Describe names all metrics, so that a registry refuses a second collector.
func (c *collector) Describe(all chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descVerdict, descParked, descWaiting, descDuplicates, descOldest, descToPlan, descNoConsent, descSetAside, descBehind, descUntilPurge, descHeld, descCallRate, descCallsToday, descCallsPerDay, descBusinessRate, descBusinessCalls, descFrozen} {
		all <- d
	}
}

// Collect shows the facts.
func (c *collector) Collect(all chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		all <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	now := time.Now()
	f := c.recent(now)
	gauge(descVerdict, float64(Judge(f, now).State))
	if f.Books != nil {
		f.Books.measure(gauge, now)
	}
	if f.Retention != nil {
		gauge(descBehind, float64(f.Retention.BehindSeconds), "capture")
		if f.Retention.PurgeSeconds != nil {
			gauge(descUntilPurge, float64(*f.Retention.PurgeSeconds))
		}
	}
	if f.Pipeline != nil {
		for stage, seconds := range f.Pipeline.secondsBehind() {
			gauge(descBehind, float64(seconds), stage)
		}
	}
}

// recent reads the facts, unless they were read a short while ago.
func (c *collector) recent(now time.Time) Facts {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.at) > measureEvery {
		ctx, cancel := context.WithTimeout(context.Background(), measureWithin)
		defer cancel()
		c.facts, c.at = c.read(ctx), now
	}
	return c.facts
}

func (b Books) measure(gauge func(*prometheus.Desc, float64, ...string), now time.Time) {
	noConsent := 0
	for _, s := range b.Bindings {
		gauge(descParked, float64(s.Documents[string(work.ItemParked)]), s.Name)
		gauge(descWaiting, float64(s.Documents[string(work.ItemWaiting)]), s.Name)
		gauge(descDuplicates, float64(s.Duplicates), s.Name)
		held := 0.0
		if slices.ContainsFunc(b.Holds, func(h work.Hold) bool { return h.Binding == "" || h.Binding == s.Name }) {
			held = 1
		}
		gauge(descHeld, held, s.Name)
		if s.State == string(work.New) || s.State == string(work.NeedsReauth) || s.State == string(work.Disconnected) {
			noConsent++
		}
	}
	if b.Calls != nil {
		b.Calls.measure(gauge, now)
	}
	gauge(descNoConsent, float64(noConsent))
	gauge(descSetAside, float64(len(b.SetAside)))
	oldest := 0.0
	if b.OldestUnposted != nil {
		oldest = now.Sub(*b.OldestUnposted).Seconds()
	}
	gauge(descOldest, oldest)
	gauge(descToPlan, float64(b.ToPlan))
}

// secondsBehind is how old the oldest record is that each stage has not read, for the
// stages of which that is known for all topics.
func (p Pipeline) secondsBehind() map[string]int64 {
	all, unknown := map[string]int64{}, map[string]bool{}
	for _, l := range p.Lags {
		if l.Seconds == nil {
			unknown[l.Stage] = true
			continue
		}
		all[l.Stage] = max(all[l.Stage], *l.Seconds)
	}
	for stage := range unknown {
		delete(all, stage)
	}
	return all
}
