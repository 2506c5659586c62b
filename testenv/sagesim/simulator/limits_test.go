package simulator

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// limited answers calls for a business at a time, with status and Retry-After.
func limited(s *Server, business string) (int, string) {
	r := httptest.NewRequest(http.MethodGet, "/v3.1/user", nil)
	r.Header.Set("Authorization", "Bearer "+s.Grant().Access)
	r.Header.Set("X-Business", business)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code, w.Header().Get("Retry-After")
}

func TestCallsAboveALimitAreRefusedWithTheTimeAfterWhichThereIsRoom(t *testing.T) {
	now := time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)
	s := New(Options{Businesses: 2, AppLimit: Limit{PerSecond: 0.5, Burst: 4}, BusinessLimit: Limit{PerSecond: 0.25, Burst: 3}, Clock: func() time.Time { return now }})
	for i, want := range []struct {
		business   int
		after      time.Duration
		status     int
		retryAfter string
	}{
		{0, 0, 200, ""}, {0, 0, 200, ""}, {0, 0, 200, ""},
		{0, 0, 429, "4"}, // of the business
		{1, 0, 200, ""},
		{1, 0, 429, "2"}, // of the app
		{1, 2 * time.Second, 200, ""},
		{0, 0, 429, "2"},
		{0, 2 * time.Second, 200, ""},
	} {
		now = now.Add(want.after)
		if status, retryAfter := limited(s, BusinessID(want.business)); status != want.status || retryAfter != want.retryAfter {
			t.Errorf("call %d is answered %d, Retry-After %q; want %d, %q", i, status, retryAfter, want.status, want.retryAfter)
		}
	}
	if got := s.Calls().Throttled; got["app"] != 2 || got["business"] != 1 {
		t.Errorf("throttled by %v, want twice by the app's limit and once by a business's", got)
	}
}

func TestWithoutALimitAllCallsAreLetIn(t *testing.T) {
	s := New(Options{})
	for range 100 {
		if status, _ := limited(s, BusinessID(0)); status != 200 {
			t.Fatalf("answered %d", status)
		}
	}
}
