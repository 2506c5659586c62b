package capture

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

func TestWhatARequestAsksFor(t *testing.T) {
	captured := func(t magento.Table) bool { return t.Group == magento.Always }
	for name, c := range map[string]struct {
		request change.SnapshotRequest
		want    string // tables, and what of the first
		says    string
	}{
		"a table":                                   {change.SnapshotRequest{Table: "sales_order_tax"}, "sales/sales_order_tax: sales_order_tax", ""},
		"a range of keys":                           {change.SnapshotRequest{Table: "sales_order", From: "5", To: "9"}, "sales/sales_order: sales_order entity_id 5..9", ""},
		"a range of texts":                          {change.SnapshotRequest{Table: "sales_order", From: "a", To: "b"}, "", `the keys of sales_order are numbers, and "a" is none`},
		"a range that ends in a text":               {change.SnapshotRequest{Table: "sales_order", To: "9x"}, "", `"9x" is none`},
		"a range the wrong way round":               {change.SnapshotRequest{Table: "sales_order", From: "10", To: "9"}, "", "write the lower one first"},
		"a range of one key":                        {change.SnapshotRequest{Table: "sales_order", From: "9", To: "9"}, "sales/sales_order: sales_order entity_id 9..9", ""},
		"a domain":                                  {change.SnapshotRequest{Domain: change.Reference}, "reference/:", ""},
		"an order":                                  {change.SnapshotRequest{Root: "order/12"}, "sales/: sales_order entity_id 12..12", ""},
		"nothing":                                   {change.SnapshotRequest{}, "", "name one of"},
		"two things":                                {change.SnapshotRequest{Table: "sales_order", Domain: change.Sales}, "", "name one of"},
		"a table that nobody captures":              {change.SnapshotRequest{Table: "admin_user"}, "", "is not captured"},
		"a table that nobody asked for":             {change.SnapshotRequest{Table: "catalog_product_entity"}, "", "set source.also_capture: [catalog] and"},
		"a domain that there is not":                {change.SnapshotRequest{Domain: "moon"}, "", "there is none of that name; or name one of reference, customer, sales"},
		"a domain that nobody asked for":            {change.SnapshotRequest{Domain: change.Catalog}, "", "set source.also_capture: [catalog] and start capture again, which reads it; or name one of reference, customer, sales"},
		"a kind that nobody asked for":              {change.SnapshotRequest{Root: "company/5"}, "", "set source.also_capture: [companies] and start capture again, which reads it; or name one of customer, order with"},
		"a kind that there is not":                  {change.SnapshotRequest{Root: "invoice/12"}, "", "such as order:12"},
		"a kind that there is not, which kinds are": {change.SnapshotRequest{Root: "invoice/12"}, "", `"invoice:12" is no entity that is captured: name one of customer, order with its number`},
		"an order without a number":                 {change.SnapshotRequest{Root: "order/abc"}, "", "such as order:12"},
		"an order without anything":                 {change.SnapshotRequest{Root: "order"}, "", "such as order:12"},
		"a range of keys without a table":           {change.SnapshotRequest{Domain: change.Sales, From: "5"}, "", "needs a table"},
	} {
		t.Run(name, func(t *testing.T) {
			job, err := jobOf(c.request, captured)
			if c.says != "" {
				if err == nil || !strings.Contains(err.Error(), c.says) {
					t.Errorf("%v, want it to say %q", err, c.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprintf("%s/%s: %s", job.Of.Domain, job.Of.Table, job.Tables[0].Name)
			if job.Some != nil {
				some := job.Some(job.Tables[0])
				got += fmt.Sprintf(" %s %s..%s", some.Column, some.From, some.To)
			}
			if !strings.HasPrefix(got, c.want) {
				t.Errorf("it is %q, want %q", got, c.want)
			}
		})
	}
}

func TestWhatTheShopLacksIsSaidOfTheShop(t *testing.T) {
	c := Config{AlsoCapture: []magento.Group{magento.CompanyGroup, magento.EstimateGroup, magento.CatalogGroup}}
	lacks := func(t magento.Table) bool { return t.Group != magento.Always }
	captures := func(t magento.Table) bool { return t.Group == magento.Always && t.Filter != magento.ListedAttributes }
	for name, r := range map[string]struct {
		request change.SnapshotRequest
		says    string
	}{
		"a table":                  {change.SnapshotRequest{Table: "company"}, "nothing of company can be read, for the shop does not have company: once"},
		"a domain":                 {change.SnapshotRequest{Domain: change.Catalog}, "nothing of the domain catalog can be read, for the shop does not have sequence_product, catalog_product_entity, catalog_product_entity_varchar and 13 tables more: once"},
		"an entity":                {change.SnapshotRequest{Root: "company/5"}, "nothing of company:5 can be read, for the shop does not have company: once"},
		"carts":                    {change.SnapshotRequest{Table: "quote"}, "nothing of quote can be read, for the shop does not have " + magento.NegotiableTable + ": once"},
		"a table that nobody has":  {change.SnapshotRequest{Table: "admin_user"}, "is not captured"},
		"attributes of nobody":     {change.SnapshotRequest{Table: "customer_entity_varchar"}, "name attributes in source.customer_attributes"},
		"an order without a digit": {change.SnapshotRequest{Root: "order/x"}, "no entity that is captured"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := jobOf(r.request, captures)
			if err == nil {
				t.Fatal("it would be done")
			}
			if err := c.refusal(r.request, err, lacks); !strings.Contains(err.Error(), r.says) {
				t.Errorf("%v, want %q", err, r.says)
			}
		})
	}
}

// ask writes a request as the command does, and waits for its answer.
func (r *running) ask(request change.SnapshotRequest) change.SnapshotAnswer {
	r.t.Helper()
	id := r.request(request)
	until(r.t, "the request is answered", func() bool { r.alive(); return r.state().Requests.Answered[id].Done })
	if open := r.state().Requests.Open(); len(open) > 0 {
		r.t.Errorf("open are still %v", open)
	}
	return r.state().Requests.Answered[id]
}

// request asks for a snapshot, and returns the request's id.
func (r *running) request(request change.SnapshotRequest) string {
	r.t.Helper()
	request.ID, request.AtMS = fmt.Sprint("r", time.Now().UnixNano()), time.Now().UnixMilli()
	record, err := topic.RequestRecord(r.stage.Config.Name, request)
	if err != nil {
		r.t.Fatal(err)
	}
	records := []topic.Record{record}
	topic.Stamp(records, r.state().Pipeline)
	if _, err := r.stage.Topics.Produce(r.t.Context(), r.stage.Names.Offsets(), 0, records); err != nil {
		r.t.Fatal(err)
	}
	return request.ID
}

func TestRowsAreReadAgainWhenSomebodyAsks(t *testing.T) {
	t.Parallel()
	s, r := seeded(t, 14)
	epoch := r.state().Checkpoint.Epoch
	s.silently("DELETE FROM m2_sales_invoice_item WHERE entity_id = 3; UPDATE m2_sales_invoice_item SET sku = 'changed'; UPDATE m2_sales_order SET state = 'silent'")
	for _, c := range []struct {
		name    string
		request change.SnapshotRequest
		tables  []string
		rows    int64
	}{
		{"a range of keys", change.SnapshotRequest{Table: "sales_order", From: "3", To: "5"}, []string{"sales_order"}, 3},
		{"a table", change.SnapshotRequest{Table: "sales_invoice_item"}, []string{"sales_invoice_item"}, -1},
		{"a table again, with nothing between", change.SnapshotRequest{Table: "sales_invoice_item"}, []string{"sales_invoice_item"}, -1},
		{"an order", change.SnapshotRequest{Root: "order/9"}, nil, -1},
		{"a domain", change.SnapshotRequest{Domain: change.Sales}, nil, -1},
	} {
		before := r.read()
		a := r.ask(c.request)
		if a.Problem != "" || a.Rows == 0 || a.Read < a.Rows || c.rows >= 0 && a.Rows != c.rows {
			t.Errorf("%s is answered with %+v, want %d rows", c.name, a, c.rows)
		}
		if c.tables != nil {
			r.onlyReadAgain(before, c.tables...)
		}
	}
	r.caughtUp(s)
	r.sameAsShop(s)
	if r.state().Checkpoint.Epoch != epoch || strings.Contains(r.log.String(), "capture begins again") {
		t.Errorf("the stream did not go on:\n%s", r.log)
	}
}

func TestATableThatTheShopLacksIsSaidWhenCaptureAnswers(t *testing.T) {
	t.Parallel()
	s := newShop(t, "m2_", func(s *magentoShop) { s.config.AlsoCapture = []magento.Group{magento.CompanyGroup} })
	s.exec("DROP TABLE m2_company")
	topics, names := newTopics(t)
	r := start(t, s.config, topics, names)
	r.snapshotDone()
	if a := r.ask(change.SnapshotRequest{Table: "company"}); !strings.Contains(a.Problem, "the shop does not have company") {
		t.Errorf("the answer is %+v", a)
	}
}

// What was asked for is answered by a later session, too, and what cannot be done stops nobody.
func TestARequestOutlivesItsSessionAndABadOneIsRefused(t *testing.T) {
	t.Parallel()
	s, r := seeded(t, 3)
	if a := r.ask(change.SnapshotRequest{Table: "admin_user"}); !strings.Contains(a.Problem, "not captured") {
		t.Errorf("the answer is %+v", a)
	}
	r.halt()
	record, err := topic.RequestRecord("shop", change.SnapshotRequest{ID: "later", Table: "sales_order"})
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := topic.RequestRecord("shop", change.SnapshotRequest{ID: "foreign", Table: "sales_order"})
	if err != nil {
		t.Fatal(err)
	}
	records := []topic.Record{record}
	topic.Stamp(records, r.state().Pipeline)
	if _, err := r.stage.Topics.Produce(t.Context(), r.stage.Names.Offsets(), 0, append(records, foreign)); err != nil {
		t.Fatal(err)
	}
	r = run(t, r.stage)
	until(t, "the request is answered", func() bool { r.alive(); return r.state().Requests.Answered["later"].Done })
	if state := r.state(); len(state.Requests.Answered) != 2 || len(state.Requests.Open()) != 0 {
		t.Errorf("the requests are %+v, want that of another pipeline left alone", state.Requests)
	}
	r.sameAsShop(s)
}

// A table that is empty, or not there, without a word in the log was restored from an incomplete
// dump, or is being restored now.
func TestASnapshotThatWasAskedForTakesNothingAwayThatWentWithoutAWordInTheLog(t *testing.T) {
	t.Parallel()
	s, r := seeded(t, 14)
	before := r.count(change.Sales, "sales_invoice_item")
	const items, all = "m2_sales_invoice_item", "the tables sales_invoice_item had rows and are empty or gone, and the log does not say why"
	table, domain := change.SnapshotRequest{Table: "sales_invoice_item"}, change.SnapshotRequest{Domain: change.Sales}
	order, some := change.SnapshotRequest{Root: "order/5"}, change.SnapshotRequest{Table: "sales_invoice_item", From: "1", To: "9"}
	for _, c := range []struct {
		statement string
		request   change.SnapshotRequest
		says      string // "" is no problem
	}{
		{"CREATE TABLE kept AS SELECT * FROM " + items + "; DELETE FROM " + items, table, all},
		{"DO 0", domain, all},
		{"DO 0", order, all},
		{"DO 0", some, ""},
		{"DO 0", change.SnapshotRequest{Table: "sales_order"}, ""},
		{"RENAME TABLE " + items + " TO away", table, "there is no table " + items + ": restore it"},
		{"DO 0", domain, "there is no table " + items + ": restore it"},
		{"RENAME TABLE away TO " + items + "; INSERT INTO " + items + " SELECT * FROM kept; DROP TABLE kept", domain, ""},
		{"DO 0", order, ""},
	} {
		s.silently(c.statement)
		a := r.ask(c.request)
		if (a.Problem == "") != (c.says == "") || !strings.Contains(a.Problem, c.says) || c.says == all && !strings.Contains(a.Problem, "source.accept_empty: [sales_invoice_item]") {
			t.Errorf("%s is answered with %+v behind %q, want it to say %q", c.request.What(), a, c.statement, c.says)
		}
		if waits := r.state().Checkpoint.Bereft; c.says != "" && len(waits) > 0 {
			t.Errorf("%s was refused, and %v are to be compared", c.request.What(), waits)
		}
	}
	r.followed(s)
	if n := r.count(change.Sales, "sales_invoice_item"); n != before {
		t.Errorf("a reader has %d items, and had %d", n, before)
	}
	s.silently("DELETE FROM " + items)
	r.halt()
	r.stage.Config.AcceptEmpty = []string{"sales_invoice_item"}
	r = run(t, r.stage)
	if a, n := r.ask(table), r.count(change.Sales, "sales_invoice_item"); a.Problem != "" || n != 0 {
		t.Errorf("where a person says that it is empty the answer is %+v, and a reader has %d items", a, n)
	}
}

// haltedWithin runs a stage that is halted, asks for a snapshot of a table, and halts the stage
// while it is under way. One that was quicker is asked for again.
func (r *running) haltedWithin(q change.SnapshotRequest) (id string, under change.Progress) {
	t := r.t
	t.Helper()
	until(t, "a snapshot is halted while it is under way", func() bool {
		next := run(t, r.stage)
		id = next.request(q)
		until(t, "a part of it is read", func() bool {
			next.alive()
			p := next.state().Tables[q.Table]
			return p.Request == id && p.Read > 0
		})
		if err := next.halt(); err != nil {
			t.Fatal(err)
		}
		under = next.state().Tables[q.Table]
		return !under.Done
	})
	return id, under
}

// What a session has read of a snapshot that was asked for is not read again by the next one.
func TestASnapshotThatWasAskedForGoesOnInTheNextSession(t *testing.T) {
	t.Parallel()
	s, r := seeded(t, 6000)
	r.halt()
	r.stage.Config.ChunkRows, r.stage.Config.SnapshotWorkers = 100, 1
	id, under := r.haltedWithin(change.SnapshotRequest{Table: "sales_order"})
	if under.Request != id {
		t.Fatalf("the snapshot that was halted is %+v, asked for was %s", under, id)
	}
	r = run(t, r.stage)
	until(t, "the request is answered", func() bool { r.alive(); return r.state().Requests.Answered[id].Done })
	if a := r.state().Requests.Answered[id]; a.Problem != "" || a.Rows != 6000 {
		t.Errorf("it is answered with %+v, want 6000 rows", a)
	}
	if p := r.state().Tables["sales_order"]; p.Begin != under.Begin || !p.Done {
		t.Errorf("the snapshot is %+v, want that one which began at %v", p, under.Begin)
	}
	r.sameAsShop(s)
}

// A session may end between the end of a snapshot and the answer.
func TestASnapshotThatAnEarlierSessionHasFinishedIsAnsweredAndNotTakenAgain(t *testing.T) {
	t.Parallel()
	_, r := seeded(t, 3)
	r.halt()
	state := r.state()
	begin := state.Checkpoint.Version()
	progress, err := topic.ProgressRecord("shop", change.Scope{Domain: change.Sales, Table: "sales_order"},
		change.Progress{Epoch: begin.Epoch, Begin: begin, Done: true, Rows: 3, Read: 4, Request: "late"})
	if err != nil {
		t.Fatal(err)
	}
	request, err := topic.RequestRecord("shop", change.SnapshotRequest{ID: "late", Table: "sales_order"})
	if err != nil {
		t.Fatal(err)
	}
	records := []topic.Record{progress, request}
	topic.Stamp(records, state.Pipeline)
	if _, err := r.stage.Topics.Produce(t.Context(), r.stage.Names.Offsets(), 0, records); err != nil {
		t.Fatal(err)
	}
	r = run(t, r.stage)
	until(t, "the request is answered", func() bool { r.alive(); return r.state().Requests.Answered["late"].Done })
	if a := r.state().Requests.Answered["late"]; a.Problem != "" || a.Rows != 3 || a.Read != 4 {
		t.Errorf("it is answered with %+v, want what the earlier session has read", a)
	}
	if p := r.state().Tables["sales_order"]; p.Begin != begin {
		t.Errorf("it was taken again: %+v", p)
	}
}
