package capture

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"github.com/mage2sage/mage2sage/capture/binlog"
	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/finding"
	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A Stage captures one source until its context ends.
type Stage struct {
	Config Config
	// Partitions of the sales, customer and catalog topics. The first start pins
	// it; another number later is refused.
	Partitions int
	// TableTopics publishes a topic for each captured table too, in Debezium's form; see
	// stream.TableTopics.
	TableTopics bool
	// Replicas is the replication factor of topics that are made; 0 takes the cluster's
	// default.
	Replicas int
	Names    topic.Names
	Topics   *topic.Client
	Log      zerolog.Logger
	Metrics  prometheus.Registerer // nil disables metrics
	Health   *health.Board         // what troubles the stage now; nil forgets it

	metrics      *metrics
	holder       string        // names this run in checkpoints
	topicsCheck  time.Duration // 0 means defaultTopicsCheck
	cascadeCheck time.Duration // 0 means defaultCascadeCheck
	clocks       clocks
	repeated     *repetition
	tooLarge     bool         // the last session's records were, for their topic
	advised      finding.List // what the log said last that the source could have better
}

// Run captures until ctx is done and then returns nil. It returns early with a
// source.SetupError, a source.LockedError, a topic.PartitionCountError or a
// topic.UnreachableError when something has to be put right before anything can begin,
// and with a binlog.UnreadableError when the log holds what no program can read over.
// All other failures end the session, and the next one begins at the saved checkpoint.
func (s *Stage) Run(ctx context.Context) error {
	own := *s // defaults, log and metrics are of this run alone
	s = &own
	s.Config = s.Config.WithDefaults()
	if err := s.Config.Validate(); err != nil {
		return err
	}
	if s.Partitions < 1 {
		return fmt.Errorf("kafka.partitions %d: want at least 1", s.Partitions)
	}
	s.holder = newHolder()
	s.topicsCheck, s.cascadeCheck = cmp.Or(s.topicsCheck, defaultTopicsCheck), cmp.Or(s.cascadeCheck, defaultCascadeCheck)
	s.clocks = s.clocks.withDefaults()
	s.repeated = &repetition{board: s.Health, pause: s.clocks.shortest, longest: s.clocks.snapshots}
	s.metrics = newMetrics(s.Metrics, s.Config.Name)
	s.Log = s.Log.With().Str("stage", "capture").Str("source", s.Config.Name).Logger()
	if err := s.Topics.Ping(ctx); err != nil {
		return err
	}
	return s.sessions(ctx)
}

// sessions begins one session after the other.
func (s *Stage) sessions(ctx context.Context) error {
	var again reset
	var taken time.Time // when the server last preferred another replica under our id
	for pause, first := s.clocks.shortest, true; ; first = false {
		began := time.Now()
		err := s.session(ctx, &again)
		if ctx.Err() != nil {
			return nil
		}
		if fatal(err, first) {
			return err
		}
		if errors.Is(err, binlog.ErrServerIDTaken) {
			if refusal := s.serverIDTaken(ctx, time.Since(taken) < takenWithin); refusal != nil {
				return refusal
			}
			taken = time.Now()
		}
		if time.Since(began) > s.clocks.long {
			pause = s.clocks.shortest
		}
		wait := pause
		if lost := resetAfter(err); lost.reason == "" {
			problem, hint := s.raise(err)
			s.Log.Warn().Str("reason", problem).Str("hint", hint).Dur("pause", wait).Msg("capture begins again at the last saved position")
			pause = min(2*pause, s.clocks.longest)
		} else {
			var front *frontLostError
			if errors.As(err, &front) {
				s.Health.Raise(aboutTopics, front.Error(), front.hint())
			}
			again = lost
			wait = s.repeated.another(again)
		}
		if !s.rest(ctx, wait) {
			return nil
		}
		s.metrics.redials.Inc()
	}
}

// fatal reports whether a person has to do something first. What refuses a first
// session may pass by itself before a later one.
func fatal(err error, first bool) bool {
	var setup *source.SetupError
	var locked *source.LockedError
	var count *topic.PartitionCountError
	var unreadable *binlog.UnreadableError
	return errors.As(err, &count) || errors.As(err, &unreadable) || first && (errors.As(err, &setup) || errors.As(err, &locked))
}

// takenWithin is how soon the other replica under our id comes again, if there is one:
// by default a replica tries every minute. What comes once was our own successor, or a
// replica that somebody has set right.
const takenWithin = 10 * time.Minute

// serverIDTaken returns a SetupError when it is certain that another replica has our
// server id: the server names it, or it came again.
func (s *Stage) serverIDTaken(ctx context.Context, again bool) error {
	host := ""
	if db, err := source.Open(ctx, s.Config.source(s.Names.Prefix)); err == nil {
		defer db.Close()
		host, _ = db.ReplicaUnderOurID(ctx)
	}
	if host == "" && !again {
		return nil
	}
	return source.ServerIDTaken(s.Config.ServerID, host)
}

// What a session's end is about on the health board.
const (
	aboutSource = "source"
	aboutBroker = "broker" // its problems begin with kafka, as every stage says them
)

// raise puts on the board why a session ended, in place of what ended the one before.
func (s *Stage) raise(err error) (problem, hint string) {
	about, problem, hint := trouble(err)
	for _, other := range []string{aboutSource, aboutBroker} {
		if other != about {
			s.Health.Clear(other)
		}
	}
	s.Health.Raise(about, problem, hint)
	s.tooLarge = errors.Is(err, topic.ErrTooLarge)
	return problem, hint
}

// trouble is why a session ended, and what to do about it, where that is known.
func trouble(err error) (about, problem, hint string) {
	var setup *source.SetupError
	var doubt *source.DoubtError
	switch {
	case errors.As(err, &doubt):
		return aboutSource, doubt.Problem, doubt.Hint
	case errors.As(err, &setup):
		return aboutSource, setup.What(), setup.Hint
	}
	if problem, hint = topic.Trouble(err); hint != "" {
		return aboutBroker, problem, hint
	}
	return aboutSource, firstLine(err), ""
}

// showEvery is how often a pause shows that it is one: a fraction of health.ProofLimit.
const showEvery = 10 * time.Second

// rest waits before a session, and does not look like a loop that hangs. It returns false
// when ctx ended first.
func (s *Stage) rest(ctx context.Context, pause time.Duration) bool {
	for ; pause > showEvery; pause -= showEvery {
		if !sleep(ctx, showEvery) {
			return false
		}
		s.retire(beginning, locking, reading, checking, watching, comparing)
		s.Health.Prove(resting)
	}
	return sleep(ctx, pause)
}

func (s *Stage) retire(loops ...string) {
	for _, loop := range loops {
		s.Health.Retire(loop)
	}
}

// sleep returns false when ctx ended first.
func sleep(ctx context.Context, pause time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(pause):
		return true
	}
}

// firstLine keeps what several goroutines said from breaking the line of a log.
func firstLine(err error) string {
	line, _, _ := strings.Cut(err.Error(), "\n")
	return line
}

// Preflight looks at everything that capture needs of its source, changes nothing, and
// returns what each check has found.
func Preflight(ctx context.Context, c Config, names topic.Names) finding.List {
	c = c.WithDefaults()
	if err := c.Validate(); err != nil {
		return finding.List{{Check: "config", Problem: strings.ReplaceAll(err.Error(), "\n", "; ")}}
	}
	db, err := source.Open(ctx, c.source(names.Prefix))
	if err != nil {
		return finding.List{fault("connection", err)}
	}
	defer db.Close()
	list := finding.List{{Check: "connection"}}
	found, err := db.Preflight(ctx)
	list = append(list, found...)
	if err != nil {
		list = append(list, fault("preflight", err))
	}
	advice, err := db.Advise(ctx)
	list = append(list, advice...)
	if err != nil {
		list = append(list, fault("advice", err))
	}
	return list
}

// fault is a check that ended with an error.
func fault(check string, err error) finding.Finding {
	var setup *source.SetupError
	if !errors.As(err, &setup) {
		return finding.Finding{Check: check, Problem: firstLine(err), Hint: "look at its own word, and try again"}
	}
	return finding.Finding{Check: check, Problem: setup.What(), Hint: setup.Hint}
}
