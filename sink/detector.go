package sink

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
)

// detecting is the loop that searches Sage's lists for what stands there twice.
const detecting = "searching for duplicates"

// detectEvery is how often the loop looks whether a search is due: they are due once a day.
const detectEvery = 5 * time.Second

// A detector searches each business for duplicates once a day, in one process at a time, and has
// what was found stand on the board until a search finds it ended.
type detector struct {
	db       *postgres.DB
	client   func(work.Binding) *sage.Client
	paused   func() bool // the calls of the day are needed for documents
	log      zerolog.Logger
	board    *health.Board
	failures *failures
	now      func() time.Time

	raised map[string]bool // what is on the board
}

// step searches what is due. A failure of one business does not keep the others waiting.
func (d *detector) step(ctx context.Context) error {
	if d.paused() {
		return d.show(ctx)
	}
	all, err := d.db.Bindings(ctx)
	if err != nil {
		return err
	}
	searched := map[string]bool{"": true}
	for _, b := range all {
		if searched[b.Business] || b.Closed != "" || !b.State.AtWork() || b.NotBefore.After(d.now()) {
			continue
		}
		searched[b.Business] = true
		claim, due, err := d.db.ClaimDuplicateSearch(ctx, b.Business)
		if err != nil {
			return err
		}
		if !due {
			continue
		}
		if err = d.search(ctx, b, claim.Since); ctx.Err() != nil {
			return nil
		}
		if err := d.heed(ctx, b, claim, err); err != nil {
			return err
		}
	}
	return d.show(ctx)
}

// failedSearches is how many searches may fail in a row before a person is told: what keeps all
// calls from Sage is said by who makes them.
const failedSearches = 5

// heed says how a search went. A grant that has ended pauses the binding, as delivering would.
func (d *detector) heed(ctx context.Context, b work.Binding, claim postgres.SearchClaim, err error) error {
	if err == nil || claim.Attempts > failedSearches {
		d.failures.noteOf("search for duplicates put off", b.Business, b.Name, err)
	} else {
		d.log.Info().Str("binding", b.Name).Int("attempt", claim.Attempts).Err(err).Msg("search for duplicates put off")
	}
	if err == nil || sage.Classify(err) != sage.Unauthorized {
		return nil
	}
	return d.db.Pause(ctx, work.Pause{Binding: b.Name, State: work.NeedsReauth, Hint: "run mage2sage connect --binding " + b.Name})
}

func (d *detector) search(ctx context.Context, b work.Binding, since time.Time) error {
	client := d.client(b)
	defer client.Close()
	kept := d.now()
	progress := func(string) {
		d.board.Prove(detecting)
		if d.now().Sub(kept) > prolongEvery {
			kept = d.now()
			_ = d.db.GoOnSearching(ctx, b.Business) // another process may search too then, which changes nothing
		}
	}
	found, err := (&DuplicateSearch{DB: d.db, Client: client, Binding: b, Now: d.now, Progress: progress}).Run(ctx, since)
	if err != nil {
		return err
	}
	event := d.log.Info()
	if len(found) > 0 {
		event = d.log.Warn().Str("hint", "mage2sage duplicates")
	}
	event.Str("binding", b.Name).Int("duplicates", len(found)).Msg("duplicates searched")
	return nil
}

// show has what stands twice on the board, whoever has found it.
func (d *detector) show(ctx context.Context) error {
	found, err := d.db.Duplicates(ctx, "")
	if err != nil {
		return err
	}
	counts := map[string]int{}
	for _, one := range found {
		counts[one.Binding]++
	}
	for name := range d.raised {
		if counts[name] == 0 {
			d.board.Clear(work.AboutDuplicates(name))
		}
	}
	d.raised = map[string]bool{}
	for name, n := range counts {
		d.raised[name] = true
		d.board.Raise(work.AboutDuplicates(name), work.TwiceInSage(n), "mage2sage duplicates --binding "+name)
	}
	return nil
}
