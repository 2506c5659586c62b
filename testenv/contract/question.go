package contract

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A Question is one thing that only a business can tell.
type Question struct {
	Name    string
	Text    string // in plain words, for people
	Answers []Answer
	Ask     func(*Business) (finding string, err error)
}

// An Answer is one that is foreseen. The first of a question is what the simulator assumes.
type Answer struct {
	Found  string // what Ask returns; of a switch that takes a text, its beginning
	Switch string // of sagesim, "" for what it does anyway; one that ends in = takes the rest of what was found
}

// told is the Switch of an answer that changes nothing: the simulator does so where a test
// arranges it.
const told = "-"

// A Finding is what became of one question.
type Finding struct {
	Question Question
	Found    string
	NotAsked string // why; then nothing was found
}

// A NotAskedError says why a question was not put: something is missing, or it needs leave.
type NotAskedError struct{ Reason string }

func (e *NotAskedError) Error() string { return e.Reason }

func notAsked(format string, args ...any) error { return &NotAskedError{fmt.Sprintf(format, args...)} }

// Put asks a business the questions, one after the other, and takes back what each has made.
func Put(b *Business, questions []Question, each func(Finding)) {
	for _, q := range questions {
		f := Finding{Question: q}
		var reason *NotAskedError
		found, err := q.Ask(b)
		switch {
		case errors.As(err, &reason):
			f.NotAsked = reason.Reason
		case err != nil:
			f.NotAsked = "it could not be asked: " + err.Error()
		default:
			f.Found = found
		}
		b.TakeBack(b.made...)
		b.made = nil
		each(f)
	}
}

// Assumed is what the simulator does without a switch.
func (q Question) Assumed() string { return q.Answers[0].Found }

// Switch is what makes the simulator do as was found; ok is false where no switch does.
func (f Finding) Switch() (text string, ok bool) {
	for _, a := range f.Question.Answers {
		rest, takes := strings.CutPrefix(f.Found, a.Found)
		switch {
		case strings.HasSuffix(a.Switch, "=") && takes && f.Found != f.Question.Assumed():
			return a.Switch + "'" + strings.ReplaceAll(rest, "'", `'\''`) + "'", true
		case f.Found == a.Found:
			return a.Switch, true
		}
	}
	return "", false
}

// Questions are all of them, in the order in which they are asked: what may end the
// consent comes last.
func Questions() []Question {
	return slices.Concat(aboutFacts, aboutIdempotency, aboutMoney, aboutDocuments, aboutRecords, aboutLists, aboutAccess)
}
