package position

import "testing"

func TestPositionsAreOrderedByFileNumberThenOffset(t *testing.T) {
	ascending := []Position{{}, {"", 4}, {"binlog.000001", 4}, {"binlog.000001", 90}, {"binlog.000002", 4}, {"binlog.000010", 4}, {"binlog.1000000", 4}}
	for i, p := range ascending {
		for j, q := range ascending {
			t.Run(p.String()+" and "+q.String(), func(t *testing.T) {
				if got, want := p.Reached(q), i >= j; got != want {
					t.Errorf("%s has reached %s: %v, want %v", p, q, got, want)
				}
			})
		}
	}
}
