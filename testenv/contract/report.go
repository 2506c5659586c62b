package contract

import (
	"fmt"
	"io"
)

// Write tells people what was found, next to what the simulator assumes, and which switch
// to set.
func (f Finding) Write(w io.Writer) {
	fmt.Fprintf(w, "\n%s\n", f.Question.Text)
	if f.NotAsked != "" {
		fmt.Fprintf(w, "  not asked  %s\n", f.NotAsked)
		return
	}
	fmt.Fprintf(w, "  found      %s\n  assumed    %s\n", f.Found, f.Question.Assumed())
	switch text, ok := f.Switch(); {
	case !ok:
		fmt.Fprint(w, "  set        nothing does so: the simulator needs a new switch, and the client may need a look\n")
	case text == told:
		fmt.Fprint(w, "  set        nothing: the client is ready for it\n")
	case text == "":
		fmt.Fprint(w, "  set        nothing: the simulator does so\n")
	default:
		fmt.Fprintf(w, "  set        sagesim %s\n", text)
	}
}

// A Summary counts findings.
type Summary struct{ AsAssumed, Otherwise, Unforeseen, NotAsked int }

// Add counts one finding.
func (s *Summary) Add(f Finding) {
	text, ok := f.Switch()
	switch {
	case f.NotAsked != "":
		s.NotAsked++
	case !ok:
		s.Unforeseen++
	case text == "":
		s.AsAssumed++
	default:
		s.Otherwise++
	}
}

// Write is the last line of a report.
func (s Summary) Write(w io.Writer) {
	fmt.Fprintf(w, "\ncontract: %d as the simulator assumes, %d otherwise, %d unforeseen, %d not asked\n", s.AsAssumed, s.Otherwise, s.Unforeseen, s.NotAsked)
}
