package postgres_test

import (
	"errors"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/topic"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

// A process that slept wakes with a batch in hand that others have read since.
func TestABookmarkIsMovedOnlyFromWhereItWasLeft(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	at := func(offset int64, before string) topic.Bookmark {
		return topic.Bookmark{Offset: offset, Before: before}
	}
	from := func(from, to topic.Bookmark) postgres.PartitionMark {
		return postgres.PartitionMark{Topic: "t", From: from, Mark: to}
	}
	put := func(sequence uint64, mark postgres.PartitionMark) error {
		_, err := s.Put(t.Context(), []postgres.Entity{entity(1, sequence, `{"version":"`+string(rune('0'+sequence))+`","n":`+string(rune('0'+sequence))+`}`)}, mark)
		return err
	}
	begin, seven, nine := topic.Bookmark{}, at(7, "x"), at(9, "y")
	for _, step := range []struct {
		what     string
		sequence uint64
		mark     postgres.PartitionMark
		want     error
	}{
		{"another's bookmark was there and is gone", 1, from(seven, nine), postgres.ErrReadOn},
		{"the first batch", 3, from(begin, seven), nil},
		{"the same from the beginning, by who slept", 1, from(begin, seven), postgres.ErrReadOn},
		{"from the same offset of another topic of that name", 1, from(at(7, "other"), nine), postgres.ErrReadOn},
		{"the next batch", 4, from(seven, nine), nil},
		{"the next batch again, by who slept", 2, from(seven, nine), postgres.ErrReadOn},
		{"a reading from the beginning", 4, from(nine, seven), nil},
	} {
		if err := put(step.sequence, step.mark); !errors.Is(err, step.want) {
			t.Errorf("%s: %v, want %v", step.what, err, step.want)
		}
	}
	if mark, err := s.Bookmark(t.Context(), "t", 0); err != nil || mark != seven {
		t.Errorf("the bookmark is %+v, %v; want %+v", mark, err, seven)
	}
	if all, err := s.SetAside(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("set aside: %v, %v; want nothing of who slept", all, err)
	}
	exec(t, dsn, "DELETE FROM bookmarks")
	if err := put(5, from(seven, nine)); !errors.Is(err, postgres.ErrReadOn) {
		t.Errorf("after the bookmark was deleted: %v, want a reading from the beginning", err)
	}
}
