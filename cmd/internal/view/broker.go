package view

import (
	"regexp"
	"slices"
	"strings"
)

// since stands before the time in a trouble's line.
const since = " since "

// ofStages are the reasons of the process that are about a stage that is judged, and that the
// books do not tell.
func (f Facts) ofStages() (all []string) {
	for _, reason := range f.Process {
		stage, rest, _ := strings.Cut(reason, ": ")
		about, _, _ := strings.Cut(rest, ": ")
		if slices.Contains(f.judged(), stage) && (f.Books == nil || !f.Books.tell(about)) {
			all = append(all, reason)
		}
	}
	return all
}

// says reports whether one of the reasons is a stage's.
func says(reasons []string, stage string) bool {
	return slices.ContainsFunc(reasons, func(r string) bool { return strings.HasPrefix(r, stage+":") })
}

// brokerAway is the one line on a broker that is away: each stage that is judged waits for it. The process
// knows since when; the rest is what it says of other things.
func (f Facts) brokerAway(process []string) (line string, rest []string) {
	began := ""
	for _, reason := range process {
		part := ofServer.FindStringSubmatch(reason)
		if part == nil {
			rest = append(rest, reason)
		} else if began == "" || part[3] < began {
			began = part[3]
		}
	}
	if began != "" {
		began = since + began
	}
	wait := " wait for the broker: "
	if len(f.judged()) == 1 {
		wait = " waits for the broker: "
	}
	return strings.TrimSuffix(alsoNamed(f.judged())+wait+f.Broker.Problem+began+": "+f.Broker.Hint, ": "), rest
}

// ofServer matches what a stage says of the broker or of Postgres: stage, problem, since
// when, hint.
var ofServer = regexp.MustCompile(`^(\w+): .*?((?:kafka: |Postgres ).*) since (\S+Z)(.*)$`)

// together says once what several stages, or several loops of one, say of a server, with all
// their names and the time when it began.
func together(reasons []string) (all []string) {
	type shared struct {
		stages []string
		began  string
		at     int // in all
	}
	known := map[string]*shared{}
	for _, reason := range reasons {
		part := ofServer.FindStringSubmatch(reason)
		if part == nil {
			all = append(all, reason)
			continue
		}
		stage, problem, began, hint := part[1], part[2], part[3], part[4]
		s := known[problem+hint]
		if s == nil {
			s = &shared{began: began, at: len(all)}
			known[problem+hint], all = s, append(all, "")
		}
		if !slices.Contains(s.stages, stage) {
			s.stages = append(s.stages, stage)
		}
		slices.SortFunc(s.stages, func(a, b string) int { return slices.Index(Stages, a) - slices.Index(Stages, b) })
		s.began = min(s.began, began)
		all[s.at] = alsoNamed(s.stages) + ": " + problem + since + s.began + hint
	}
	return all
}

// alsoNamed joins names: "capture, transform and sink".
func alsoNamed(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
