package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A work is what one subject did in one phase, over all runs.
type work struct {
	count     int64 // records or rows
	wall, cpu time.Duration
	peak      int64 // bytes resident
}

// A result is what was measured of a subject.
type result struct {
	drain, snapshot work
	latency         map[int][]time.Duration // by transactions per second
}

// A usage is what a process has used since it began.
type usage struct {
	at   time.Time
	cpu  time.Duration
	peak int64
}

// usageOf reads /proc: utime and stime are fields 14 and 15, in hundredths of a second.
func usageOf(pid int) (u usage, err error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return u, err
	}
	_, behindName, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(behindName)
	for _, field := range fields[11:13] {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return u, err
		}
		u.cpu += time.Duration(ticks) * 10 * time.Millisecond
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return u, err
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes, err := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
	u.at, u.peak = time.Now(), kilobytes<<10
	return u, err
}

// add counts what was used between two moments.
func (w *work) add(from, to usage) {
	w.wall, w.cpu, w.peak = w.wall+to.at.Sub(from.at), w.cpu+to.cpu-from.cpu, max(w.peak, to.peak)
}

func (w work) perSecond() float64    { return float64(w.count) / w.wall.Seconds() }
func (w work) perCPUSecond() float64 { return float64(w.count) / w.cpu.Seconds() }
func (w work) megabytes() float64    { return float64(w.peak) / 1e6 }

// percentile is the latency that so many of a hundred do not exceed, in milliseconds.
func percentile(all []time.Duration, percent int) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return float64(sorted[(len(sorted)-1)*percent/100].Microseconds()) / 1e3
}

// print writes the table. A ratio above 1 is in favour of mage2sage.
func print(out io.Writer, p plan, results map[string]*result) error {
	ours, tables, theirs := results[plain], results[withTables], results[peer]
	var text strings.Builder
	fmt.Fprintf(&text, "\n| | %s | %s | %s | ratio | ratio with table topics |\n|---|---|---|---|---|---|\n", plain, withTables, peer)
	line := func(what string, less bool, of func(*result) float64) {
		a, b, c := of(ours), of(tables), of(theirs)
		ratio := func(x float64) float64 {
			if less {
				return c / x
			}
			return x / c
		}
		fmt.Fprintf(&text, "| %s | %s | %s | %s | %.1f | %.1f |\n", what, figure(a), figure(b), figure(c), ratio(a), ratio(b))
	}
	for _, phase := range []struct {
		name, unit string
		of         func(*result) work
	}{
		{"drain", "records", func(r *result) work { return r.drain }},
		{"snapshot", "rows", func(r *result) work { return r.snapshot }},
	} {
		line(phase.name+", "+phase.unit+"/s", false, func(r *result) float64 { return phase.of(r).perSecond() })
		line(phase.name+", "+phase.unit+" per CPU second", false, func(r *result) float64 { return phase.of(r).perCPUSecond() })
		line(phase.name+", peak MB", true, func(r *result) float64 { return phase.of(r).megabytes() })
	}
	for _, rate := range p.rates {
		for _, percent := range []int{50, 99} {
			line(fmt.Sprintf("commit → consumer at %d tx/s, p%d ms", rate, percent), true, func(r *result) float64 { return percentile(r.latency[rate], percent) })
		}
	}
	fmt.Fprintf(&text, "\n%d runs: %d records in the log, %d rows in the tables, %s of each rate.\n", p.runs, theirs.drain.count/int64(p.runs), theirs.snapshot.count/int64(p.runs), p.length)
	_, err := io.WriteString(out, text.String())
	return err
}

func figure(x float64) string {
	if x >= 100 {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'f', 1, 64)
}
