package sink

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/sage/auth"
	"github.com/mage2sage/mage2sage/sink/work"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// lines are those of the log that hold every part.
func (w *world) lines(parts ...string) (found []string) {
	for line := range strings.Lines(w.logs.String()) {
		holds := true
		for _, part := range parts {
			holds = holds && strings.Contains(line, part)
		}
		if holds {
			found = append(found, line)
		}
	}
	return found
}

func TestADocumentThatParksWritesOneLineWithReasonAndHint(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		policy func(string) string
		spoil  func(*canonical.Invoice)
		reason work.Reason
	}{
		"by its plan": {func(p string) string { return strings.Replace(p, `"20.00": GB_STANDARD, `, "", 1) }, func(*canonical.Invoice) {}, work.TaxUnmapped},
		"because Postgres does not take it": {func(p string) string { return p },
			func(i *canonical.Invoice) { i.GrandTotal = amt("99999999999999999.9999") }, work.AmountTooLarge},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, simulator.Options{})
			w.importBinding(c.policy(policyYAML("")))
			w.start()
			invoice := invoiceOf(1, ada)
			c.spoil(invoice)
			w.publish(invoice)
			w.reaches("invoice:1", work.ItemParked, c.reason)
			w.until("the line is there", func() bool { return len(w.lines("document parked")) > 0 })
			w.publish(invoice) // planned again, and nothing new to say
			w.until("it was planned again", func() bool { idle, err := w.db.Idle(t.Context()); return err == nil && idle })
			all := w.lines("document parked")
			if len(all) != 1 || !strings.Contains(all[0], `"entity":"invoice:1"`) || !strings.Contains(all[0], `"reason":"`+string(c.reason)+`"`) || !strings.Contains(all[0], `"hint":"`) {
				t.Errorf("logged %v, want one line with entity, reason and hint", all)
			}
			if strings.Contains(w.logs.String(), "Lovelace") {
				t.Error("the log has the name of a customer")
			}
		})
	}
}

func TestASinkWithoutABindingSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.sql("DELETE FROM oauth_tokens; DELETE FROM bindings")
	w.start()
	w.until("the line is there", func() bool { return len(w.lines("no binding", "mage2sage binding import")) == 1 })
}

func TestABindingForWhichNothingIsPostedIsATroubleUntilItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.sql("INSERT INTO bindings (name, source, policy, policy_version) SELECT 'shop-de', source, policy, policy_version FROM bindings")
	w.start()
	says := func(want ...string) {
		t.Helper()
		w.until(strings.Join(want, " and "), func() bool {
			all := w.health.Troubles()
			return len(all) == len(want) && !slices.ContainsFunc(want, func(line string) bool {
				return !slices.ContainsFunc(all, func(t health.Trouble) bool { return line == t.About+": "+t.Problem+": "+t.Hint })
			})
		})
	}
	says("binding shop-de: it is not connected to Sage, so nothing is posted: mage2sage connect --binding shop-de")
	w.sql("UPDATE bindings SET state = 'forbidden', hint = 'give the user Full Access' WHERE name = 'shop-de'")
	says("binding shop-de: Sage refuses the user, so nothing is posted: give the user Full Access")
	w.sql("DELETE FROM bindings WHERE name = 'shop-de'")
	says()
	w.sql("UPDATE bindings SET state = 'needs_reauth', hint = 'run connect'")
	says("binding shop-uk: Sage's consent has ended, so nothing is posted: mage2sage connect --binding shop-uk")
	w.sql("DELETE FROM oauth_tokens; DELETE FROM bindings")
	says("bindings: there is none, so nothing is posted: mage2sage binding import")
}

func TestEveryLoopOfTheSinkProvesItself(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	w.until("all loops are at work", func() bool { return !w.health.Proof().At.IsZero() })
	began := time.Now()
	w.until("each of them has come round again", func() bool { return w.health.Proof().At.After(began.Add(2 * time.Second)) })
}

func TestWhatKeepsTheSinkFromItsWorkStandsOnTheBoardUntilItIsOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, simulator.Options{})
	w.start()
	w.publish(paid(invoiceOf(1, ada)))
	w.paid("invoice:1")
	has := func(about string) bool {
		return slices.ContainsFunc(w.health.Troubles(), func(t health.Trouble) bool { return t.About == about })
	}
	w.sql("ALTER TABLE bookmarks RENAME TO bookmarks_away; ALTER TABLE sync_items RENAME TO sync_items_away")
	w.publish(paid(invoiceOf(2, ada)))
	w.until("intake and planner are in trouble", func() bool { return has(unreadable) && has("planning put off") })
	w.sql("ALTER TABLE bookmarks_away RENAME TO bookmarks; ALTER TABLE sync_items_away RENAME TO sync_items")
	w.paid("invoice:2")
	w.until("the board is empty", func() bool { return len(w.health.Troubles()) == 0 })
}

func TestALoopOfTheSinkThatHangsInItsFirstStepIsNotHiddenByTheOthers(t *testing.T) {
	w := newWorld(t, simulator.Options{})
	l, err := net.Listen("tcp", "127.0.0.1:0") // a broker that accepts, and never answers
	w.must(err)
	t.Cleanup(func() { l.Close() })
	topics := topic.Dial([]string{l.Addr().String()})
	t.Cleanup(topics.Close)
	m := &memory{db: w.db, topics: topics, names: w.names, origins: &origins{topics: topics, names: w.names}, log: zerolog.Nop()}
	in := &intake{db: w.db, topics: topics, names: w.names, failures: &failures{log: zerolog.Nop(), health: &w.health}, memory: m}
	invoices := w.names.Canonical(string(canonical.KindInvoice))
	for loop, run := range map[string]func(context.Context) error{
		invoices + "/1": func(ctx context.Context) error {
			return in.read(ctx, topic.Assignment{Topic: invoices, Partition: 1}, canonical.KindInvoice)
		},
		joining: in.run,
	} {
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- run(ctx) }()
		w.until(loop+" is the worst loop, without any proof", func() bool {
			w.health.Prove(planning)
			p := w.health.Proof()
			return p.Loop == loop && p.At.IsZero()
		})
		stop()
		<-ended
		w.health.Retire(joining)
	}
}

func TestASinkThatHangsWhileItOpensPostgresIsNamed(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // a server that accepts, and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	board := &health.Board{}
	s := &Stage{Log: zerolog.Nop(), Health: board}
	s.Config.Postgres.URL = secret.String("postgres://u@" + l.Addr().String() + "/x")
	s.Config.Sage.EncryptionKeys = []auth.Key{{ID: "k1", Key: secret.String(strings.Repeat("ab", 32))}}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	met, err := l.Accept() // it has begun to open
	if err != nil {
		t.Fatal(err)
	}
	defer met.Close()
	board.Prove(planning)
	if p := board.Proof(); p.Loop != opening || !p.At.IsZero() || p.Owed.IsZero() {
		t.Errorf("the worst loop is %+v, want %s without any proof", p, opening)
	}
	stop()
	<-ended
}

func TestAWrongKeyNamesTheBindingAndTheCommand(t *testing.T) {
	for name, key := range map[string]auth.Key{
		"another key under the same id": {ID: "k1", Key: secret.String(strings.Repeat("cd", 32))},
		"the key is gone":               {ID: "k2", Key: secret.String(strings.Repeat("ab", 32))},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, simulator.Options{})
			right := w.config.Sage.EncryptionKeys
			w.config.Sage.EncryptionKeys = []auth.Key{key}
			stop := w.start() // with nothing to post: it is said at once, and not with the first document
			w.until("the board has it", func() bool { return len(w.health.Troubles()) > 0 })
			w.publish(paid(invoiceOf(1, ada)))
			w.until("the call that needs a token is put off", func() bool { return strings.Contains(w.logs.String(), "delivery interrupted") })
			all := w.health.Troubles()
			line := all[0].String()
			for _, part := range []string{"tokens of binding shop-uk: they cannot be read: key \"k1\"", "sage.encryption_keys", "mage2sage connect --binding shop-uk"} {
				if !strings.Contains(line, part) {
					t.Errorf("%q is not in %s", part, line)
				}
			}
			if len(all) != 1 || !strings.HasPrefix(line, "tokens of binding shop-uk: ") || strings.Contains(line, business) || strings.Contains(w.logs.String(), `"business":"`+business) {
				t.Errorf("%v or the log names a business by its id:\n%s", all, w.logs.tail())
			}
			stop()
			w.config.Sage.EncryptionKeys = right
			w.start()
			w.paid("invoice:1")
		})
	}
}

func TestAFailureOfABindingIsClearedUnderTheNameThatItHad(t *testing.T) {
	board := &health.Board{}
	f := &failures{log: zerolog.Nop(), health: board}
	f.noteOf("delivery interrupted", "biz-1", "shop-uk", errors.New("down"))
	f.noteOf("delivery interrupted", "biz-1", "shop-de, shop-uk", errors.New("down"))
	if all := board.Troubles(); len(all) != 1 || all[0].About != "delivery interrupted shop-de, shop-uk" {
		t.Errorf("the board says %v, want one trouble under the newest name", all)
	}
	f.noteOf("delivery interrupted", "biz-1", "shop-de", nil)
	if all := board.Troubles(); len(all) != 0 {
		t.Errorf("the board still says %v", all)
	}
}
