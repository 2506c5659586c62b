package topic

import (
	"errors"
	"testing"
	"time"
)

func TestOnlyAMemberOfTheGenerationWrites(t *testing.T) {
	const session = 9 * time.Second
	for name, c := range map[string]struct {
		slept  time.Duration // since the last proof
		asking time.Duration // how long the broker's answer takes
		answer error
		asks   bool
		member bool
	}{
		"a recent proof is enough":                 {slept: time.Second, member: true},
		"an older one is asked for again":          {slept: 4 * time.Second, asks: true, member: true},
		"who slept longer than a session is asked": {slept: time.Minute, asks: true, answer: errors.New("illegal generation")},
		"who slept while it asked is none":         {slept: 4 * time.Second, asking: time.Minute, asks: true},
	} {
		t.Run(name, func(t *testing.T) {
			clock, asked := time.Now(), false
			m := &membership{session: session, now: func() time.Time { return clock }}
			if err := m.asked(func() error { return nil }); err != nil {
				t.Fatal(err)
			}
			a := Assignment{membership: m, commit: func(int64) error {
				asked = true
				clock = clock.Add(c.asking)
				return c.answer
			}}
			clock = clock.Add(c.slept)
			err := a.Member(7)
			if asked != c.asks || (err == nil) != c.member || err != nil && !errors.Is(err, ErrGenerationEnded) {
				t.Errorf("it asked: %v, and says %v; want %v, and a member: %v", asked, err, c.asks, c.member)
			}
		})
	}
}
