package simulator

import (
	"math"
	"net/http"
	"strconv"
	"sync"

	"golang.org/x/time/rate"

	"github.com/mage2sage/mage2sage/testenv/sagesim/books"
)

// A Limit is how many calls are let in: so many a second on average, and so many at once. The zero
// Limit lets all in.
type Limit struct {
	PerSecond float64
	Burst     int
}

func (l Limit) limiter() *rate.Limiter {
	if l.PerSecond == 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(l.PerSecond), max(1, l.Burst))
}

// limits count calls against the limit of the app and that of each business.
type limits struct {
	mu         sync.Mutex
	app        *rate.Limiter
	ofBusiness map[string]*rate.Limiter
}

// throttle refuses a call of which there are too many, as Sage does: with 429 and the seconds after
// which there is room. Such a call changes nothing, and is no call of the limit that has room.
func (s *Server) throttle(a *answer, r *http.Request, note *Call) bool {
	s.limits.mu.Lock()
	defer s.limits.mu.Unlock()
	business := r.Header.Get("X-Business")
	own, ok := s.limits.ofBusiness[business]
	if !ok {
		own = s.o.BusinessLimit.limiter()
		s.limits.ofBusiness[business] = own
	}
	now := s.o.Clock()
	for _, l := range []struct {
		limiter *rate.Limiter
		name    string
	}{{s.limits.app, "app"}, {own, "business"}} {
		if l.limiter == nil || l.limiter.TokensAt(now) >= 1 {
			continue
		}
		note.Throttled = l.name
		wait := (1 - l.limiter.TokensAt(now)) / float64(l.limiter.Limit())
		a.header.Set("Retry-After", strconv.Itoa(int(math.Ceil(wait))))
		a.refuse(&books.Refusal{Status: http.StatusTooManyRequests, Code: "TooManyRequests", Message: "There were too many requests."})
		return true
	}
	for _, l := range []*rate.Limiter{s.limits.app, own} {
		if l != nil {
			l.AllowN(now, 1)
		}
	}
	return false
}
