package main

import (
	"slices"
	"testing"
	"time"
)

func TestEveryThingThatTheStagesNeedIsTakenAway(t *testing.T) {
	var names []string
	for _, o := range outages {
		if o.begin == nil || o.end == nil {
			t.Errorf("%s is not taken and given back", o.name)
		}
		names = append(names, o.name)
	}
	if want := []string{"MariaDB", "Postgres", "Kafka", "Sage", "disk", "consent", "key"}; !slices.Equal(names, want) {
		t.Errorf("outages are %v, want %v", names, want)
	}
}

func TestARowIsALineOfATable(t *testing.T) {
	got := row{outage: "Kafka", length: 3 * time.Minute, said: "cannot tell: a | b", exit: 2, after: "5s", recovered: "9s"}.String()
	if want := `| Kafka | 3m0s | cannot tell: a \| b | 2 | 5s | 9s |`; got != want {
		t.Errorf("printed %s, want %s", got, want)
	}
}
