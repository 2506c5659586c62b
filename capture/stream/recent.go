package stream

import (
	"time"

	"github.com/mage2sage/mage2sage/capture/row"
)

// On a server that does not tell what can be seen, a row may be in the log and not yet in
// its table. So the Streamer remembers which rows the log brought lately, and a snapshot
// asks for each of them, with a lock, before it believes a read view.

const (
	// recentFor is longer than a commit can take: by default a server gives a
	// semi-synchronous replica ten seconds.
	recentFor = time.Minute
	// maxRecent bounds them, some 20 MB; of more the oldest are forgotten.
	maxRecent = 200_000
)

// recentRows are in the order in which they came.
type recentRows struct{ rows []recentRow }

type recentRow struct {
	table, pk string
	at        time.Time
}

func (r *recentRows) add(table string, img *row.Image, now time.Time) {
	r.rows = append(r.rows, recentRow{table, string(img.PK), now})
	drop := 0
	for drop < len(r.rows) && (now.Sub(r.rows[drop].at) > recentFor || len(r.rows)-drop > maxRecent) {
		drop++
	}
	if r.rows = r.rows[drop:]; drop > 0 && cap(r.rows) < len(r.rows)+drop {
		r.rows = append(make([]recentRow, 0, 2*len(r.rows)), r.rows...)
	}
}

// Recent are the primary keys, as JSON, of the rows that the log brought lately, by table.
// It is for boundary tasks alone, and empty unless Config.KeepRecent is set.
func (s *Streamer) Recent() map[string][]string {
	all := map[string][]string{}
	if s.recent == nil {
		return all
	}
	known, now := map[recentRow]bool{}, time.Now()
	for _, r := range s.recent.rows {
		same := recentRow{table: r.table, pk: r.pk}
		if !known[same] && now.Sub(r.at) <= recentFor {
			known[same] = true
			all[r.table] = append(all[r.table], r.pk)
		}
	}
	return all
}
