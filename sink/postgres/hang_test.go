package postgres_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// A process that sleeps in the middle of a plan has the lock that all plans and results need.
func TestATransactionOfAProcessThatHangsStopsTheOthersForALimitedTime(t *testing.T) {
	t.Parallel()
	s, dsn := open(t)
	if _, err := s.Put(t.Context(), []postgres.Entity{entity(1, 1, `{}`)}, place); err != nil {
		t.Fatal(err)
	}
	limited, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	query := limited.Query()
	query.Set("idle_in_transaction_session_timeout", "500ms")
	limited.RawQuery = query.Encode()
	hangs, err := postgres.Open(t.Context(), postgres.Config{URL: secret.String(limited.String())})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(hangs.Close)
	inside, awake, woken := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		_, err := hangs.PlanNext(context.WithoutCancel(t.Context()), func(p *postgres.Planning) (work.Verdict, error) {
			close(inside)
			<-awake
			return work.Verdict{Item: p.Item}, nil
		})
		woken <- err
	}()
	<-inside
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	planned, err := s.PlanNext(ctx, func(p *postgres.Planning) (work.Verdict, error) {
		p.Item.State = work.ItemSkipped
		return work.Verdict{Item: p.Item}, nil
	})
	if err != nil || !planned {
		t.Errorf("the other plans: %v, %v", planned, err)
	}
	close(awake)
	if err := <-woken; err == nil {
		t.Error("who woke has written its verdict, want an error")
	}
}
