package main

import (
	"context"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
)

// operate is a person who does what status asks for: connects the binding again when its consent
// has ended, and has what Sage has refused made once more.
func (i *installation) operate(ctx context.Context) {
	for ctx.Err() == nil {
		state, err := i.sql(ctx, "SELECT state FROM bindings")
		if err == nil && strings.TrimSpace(state) == string(work.NeedsReauth) {
			i.connect(ctx)
		}
		i.retry(ctx)
		time.Sleep(2 * time.Second)
	}
}

// connectWithin is how long a person waits for a browser that Sage has not answered.
const connectWithin = 30 * time.Second

func (i *installation) connect(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, connectWithin)
	defer cancel()
	if err := i.pipe.Connect(ctx); err != nil {
		say("%v", err)
		return
	}
	i.counts.add("reconnect by a person")
}

// refused are the reasons that a refusal of Sage's leaves behind.
var refused = []work.Reason{work.RefusedBySage, work.ContactRefused, work.PaymentRefused, work.AllocationRefused, work.RefundRefused, work.VoidRefused}

func (i *installation) retry(ctx context.Context) {
	var reasons []string
	for _, r := range refused {
		reasons = append(reasons, "'"+string(r)+"'")
	}
	parked, err := i.sql(ctx, "SELECT id FROM sync_items WHERE state = 'parked' AND reason IN ("+strings.Join(reasons, ", ")+")")
	if err != nil {
		return
	}
	for _, id := range lines(parked) {
		if _, err := i.pipe.Run(ctx, "document", "settle", id, "--retry"); err == nil {
			i.counts.add("retry by a person")
		}
	}
}

// whileUnmapped is how long what a person has to mend stays as it is.
const whileUnmapped = 8 * time.Second

// unmap has business go on while a rate of tax is mapped to nothing, and maps it again.
func (i *installation) unmap(ctx context.Context) bool {
	i.policy.Lock()
	defer i.policy.Unlock()
	const rate = `"20.00": GB_STANDARD, `
	if !strings.Contains(i.pipe.Policy, rate) {
		say("the policy has no %s", rate)
		return false
	}
	changed := i.importPolicy(ctx, strings.Replace(i.pipe.Policy, rate, "", 1))
	if changed {
		i.counts.add("a rate unmapped")
		time.Sleep(whileUnmapped)
	}
	for !i.importPolicy(ctx, i.pipe.Policy) && ctx.Err() == nil {
		time.Sleep(time.Second)
	}
	return changed
}

func (i *installation) importPolicy(ctx context.Context, policy string) bool {
	return i.pipe.WriteBinding(policy) == nil && i.pipe.Import(ctx) == nil
}
