package view

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/schemas/health"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A Verdict is all that an operator has to know at first: whether all is well, a person
// is needed, or that cannot be told.
type Verdict struct {
	State   VerdictState `json:"state"`
	Reasons []string     `json:"reasons,omitempty"` // each on one line, with what to do
}

// A VerdictState is the exit code of status, too.
type VerdictState int

// The verdicts.
const (
	Well VerdictState = iota
	PersonNeeded
	CannotTell
)

var verdictWords = map[VerdictState]string{Well: "well", PersonNeeded: "a person is needed", CannotTell: "cannot tell"}

func (s VerdictState) String() string { return verdictWords[s] }

// MarshalText writes the words.
func (s VerdictState) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String is the verdict on one line.
func (v Verdict) String() string {
	if len(v.Reasons) == 0 {
		return v.State.String()
	}
	return v.State.String() + ": " + strings.Join(v.Reasons, "; ")
}

// Facts are what a verdict is passed on. Each half can be absent with its error.
type Facts struct {
	// Judged are the stages that the verdict is about; none: all of them. Of another neither
	// the absence nor what the process says of it counts, and the books are the sink's.
	Judged        []string
	Pipeline      *Pipeline
	PipelineError string
	// Broker is why the topics could not be asked, where that is the broker.
	Broker     *health.Trouble
	Books      *Books
	BooksError string
	Retention  *Retention
	// Process are the reasons of the process on this machine, asked where a half is absent.
	Process []string
}

// Judge passes the verdict. What is known to be wrong comes before what is not known: a
// person who is needed must not be kept away by a half that cannot be seen.
func Judge(f Facts, now time.Time) Verdict {
	var wrong, unknown []string
	process := f.ofStages()
	switch {
	case f.Pipeline != nil:
		for _, s := range f.Pipeline.Stages {
			problem := f.Books.without(s).problem()
			if s.State == StageSilent && says(process, s.Stage) {
				problem = "" // it lives, and says itself why nobody hears from it
			}
			if problem != "" {
				wrong = append(wrong, problem)
			}
			if s.State == StageStarts {
				unknown = append(unknown, s.Stage+" began at "+stamp(s.Started)+" and has not done any work yet"+s.waitsFor())
			}
		}
	case f.Broker != nil:
		line, rest := f.brokerAway(process)
		if process = rest; strings.Contains(line, since) {
			wrong = append(wrong, line)
		} else {
			unknown = append(unknown, line)
		}
	default:
		unknown = append(unknown, f.PipelineError)
	}
	if f.Books != nil {
		wrong = append(wrong, f.Books.problems()...)
	} else if slices.Contains(f.judged(), "sink") {
		unknown = append(unknown, f.BooksError)
	}
	if f.Retention != nil {
		wrong = append(wrong, f.Retention.Problems()...)
	}
	for _, reason := range process {
		if !slices.Contains(wrong, reason) {
			wrong = append(wrong, reason)
		}
	}
	wrong = together(wrong)
	switch {
	case len(wrong) > 0:
		return Verdict{PersonNeeded, append(wrong, unknown...)}
	case len(unknown) > 0:
		return Verdict{CannotTell, unknown}
	}
	return Verdict{Well, f.Books.notices()}
}

// notices are what an operator should know about the books, though nobody is needed.
func (b *Books) notices() (all []string) {
	if b == nil {
		return nil
	}
	for _, h := range b.Holds {
		all = append(all, HeldLine(h))
	}
	for _, s := range b.Bindings {
		if work.Closure(s.Closed) == work.ClosedByRestore {
			all = append(all, s.WhyClosed())
		}
	}
	return all
}

// judged are the stages that the verdict is about, in the order of Stages.
func (f Facts) judged() []string {
	if len(f.Judged) == 0 {
		return Stages
	}
	return slices.DeleteFunc(slices.Clone(Stages), func(s string) bool { return !slices.Contains(f.Judged, s) })
}

// without is a stage without the troubles that the books tell, with what to do: the sink
// says them of itself, where it is asked whether it is ready.
func (b *Books) without(s Stage) Stage {
	if b == nil || s.State != StageTroubled {
		return s
	}
	told := slices.DeleteFunc(slices.Clone(s.Troubles), func(t health.Trouble) bool { return b.tell(t.About) })
	if s.Troubles = told; len(told) == 0 {
		s.State = StageWorks
	}
	return s
}

// tell reports whether a binding is among the problems of the books.
func (b *Books) tell(about string) bool {
	return about == work.AboutNoBinding && len(b.Bindings) == 0 ||
		slices.ContainsFunc(b.Bindings, func(s BindingStatus) bool {
			return about == work.AboutBinding(s.Name) && s.State != string(work.Connected) || about == work.AboutDuplicates(s.Name) && s.Duplicates > 0
		})
}

// problems are what a person has to do about the books.
func (b Books) problems() (all []string) {
	if len(b.Bindings) == 0 {
		all = append(all, "there is no binding, so nothing is posted: mage2sage binding import")
	}
	parked := 0
	for _, s := range b.Bindings {
		if s.State != string(work.Connected) && s.State != string(work.Purged) {
			all = append(all, strings.TrimSuffix(fmt.Sprintf("binding %s is %s: %s", s.Name, s.State, s.Hint), ": "))
		}
		if work.Closure(s.Closed) == work.ClosedByPerson {
			all = append(all, s.WhyClosed())
		}
		if s.Duplicates > 0 {
			all = append(all, fmt.Sprintf("binding %s: %s: mage2sage duplicates --binding %s", s.Name, work.TwiceInSage(s.Duplicates), s.Name))
		}
		parked += s.Documents[string(work.ItemParked)]
	}
	if parked > 0 {
		all = append(all, fmt.Sprintf("%d parked: mage2sage documents --state parked", parked))
	}
	if b.NotTaken != "" {
		all = append(all, b.NotTaken)
	}
	if n := len(b.SetAside); n > 0 {
		all = append(all, fmt.Sprintf("%d records set aside: mage2sage record list", n))
	}
	return all
}
