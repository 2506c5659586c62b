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
	if want := []string{
		"MariaDB", "Postgres", "Kafka", "Sage", "transform's disk", "Postgres' disk", "consent", "key",
		"run: MariaDB", "run: Postgres", "run: Sage", "run: transform's disk", "run: Postgres' disk", "run: broker's disk", "run: consent", "run: key",
	}; !slices.Equal(names, want) {
		t.Errorf("outages are %v, want %v", names, want)
	}
}

func TestARowIsALineOfATable(t *testing.T) {
	got := row{outage: "Kafka", length: 3 * time.Minute, said: "cannot tell: a | b", exit: 2, ready: "503 sink", after: "5s", recovered: "9s"}.String()
	if want := `| Kafka | 3m0s | cannot tell: a \| b | 2 | 503 sink | 5s | 9s |`; got != want {
		t.Errorf("printed %s, want %s", got, want)
	}
}
