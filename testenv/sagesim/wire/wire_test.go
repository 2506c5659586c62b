package wire_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/wire"
)

func TestAttributesChooseWhatAListShows(t *testing.T) {
	full := wire.Object{"id": "1", "displayed_as": "One", "$path": "/things/1", "created_at": "a", "updated_at": "b", "name": "one", "size": 3}
	for _, c := range []struct {
		name string
		ask  []string
		want []string
	}{
		{"nothing asked: three fields", nil, []string{"$path", "displayed_as", "id"}},
		{"names bring the times along", []string{"name"}, []string{"$path", "created_at", "displayed_as", "id", "name", "updated_at"}},
		{"unknown names are ignored", []string{"color"}, []string{"$path", "created_at", "displayed_as", "id", "updated_at"}},
		{"all is everything", []string{"all"}, slices.Sorted(maps.Keys(full))},
	} {
		if got := slices.Sorted(maps.Keys(full.Project(c.ask))); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, got, c.want)
		}
	}
}

func TestTimesAreUTCAndWholeSeconds(t *testing.T) {
	at := time.Date(2026, 3, 16, 10, 30, 0, 999, time.FixedZone("CET", 3600))
	if got := wire.Time(at); got != "2026-03-16T09:30:00Z" {
		t.Errorf("got %s", got)
	}
}

func TestAReferenceToNothingIsNull(t *testing.T) {
	if got := wire.Ref("contacts", "", ""); got != nil {
		t.Errorf("got %v", got)
	}
}
