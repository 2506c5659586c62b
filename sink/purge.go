package sink

import (
	"context"
	"time"

	"github.com/mage2sage/mage2sage/sink/plan"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
	"github.com/mage2sage/mage2sage/sink/work"
)

// purgeBatch is how many rows go in one transaction: nobody waits long for it.
const purgeBatch = 500

// dropWithin is how long a month of the audit trail may be in use before it is left for another day.
const dropWithin = 15 * time.Second

// A Purge lets go what Postgres keeps no longer, by the periods of a Retention:
//
//	what disconnected bindings know of Sage → who bought, of what is settled → months of the audit trail
//
// It is made of steps, each of one small transaction. One that is interrupted is begun anew.
type Purge struct {
	DB        *postgres.DB
	Retention work.Retention
	Binding   string // of which alone; "" is everything
	Now       time.Time
	Done      Purged // so far

	place postgres.PersonalPlace
	cut   bool // nobody is left to be taken out of anything
}

// personalCut is what stays of what is settled.
var personalCut = postgres.PersonalCut{Entity: plan.WithoutPerson, Body: resource.WithoutPerson}

// Purged is what has gone, or would go.
type Purged struct {
	Bindings     []postgres.BindingRows `json:"bindings"`
	AuditMonths  []string               `json:"audit_months"`
	AuditEntries int                    `json:"audit_entries"`
	// PersonalData counts what keeps its amounts and loses who bought.
	PersonalData postgres.Personal `json:"personal_data"`
}

// Any reports whether there is anything.
func (p Purged) Any() bool {
	return len(p.Bindings)+len(p.AuditMonths)+p.PersonalData.Entities+p.PersonalData.Operations > 0
}

// Counts are the rows by table.
func (p Purged) Counts() map[string]int {
	all := map[string]int{}
	for _, b := range p.Bindings {
		for table, n := range b.Tables {
			all[table] += n
		}
	}
	if p.AuditEntries > 0 {
		all["audit"] = p.AuditEntries
	}
	for what, n := range map[string]int{"entities without a person": p.PersonalData.Entities, "operations without a person": p.PersonalData.Operations} {
		if n > 0 {
			all[what] = n
		}
	}
	return all
}

// Plan says what would go now.
func (p *Purge) Plan(ctx context.Context) (all Purged, err error) {
	all = Purged{Bindings: []postgres.BindingRows{}, AuditMonths: []string{}}
	rows, err := p.DB.Purgeable(ctx, p.Retention.AfterDisconnect.Before(p.Now), p.Binding)
	if err != nil {
		return all, err
	}
	all.Bindings = append(all.Bindings, rows...)
	if p.Binding != "" {
		return all, nil
	}
	if all.PersonalData, err = p.DB.Personal(ctx, p.Retention.PersonalData.Before(p.Now)); err != nil {
		return all, err
	}
	months, entries, err := p.DB.OldMonths(ctx, p.Retention.Audit.Before(p.Now))
	all.AuditMonths, all.AuditEntries = append(all.AuditMonths, months...), entries
	return all, err
}

// Step lets one batch go; more is false once nothing is left.
func (p *Purge) Step(ctx context.Context) (more bool, err error) {
	if p.Done.AuditMonths == nil {
		if p.Done, err = p.Plan(ctx); err != nil {
			return false, err
		}
	}
	gone, err := p.DB.PurgeDisconnected(ctx, p.Retention.AfterDisconnect.Before(p.Now), p.Binding, purgeBatch)
	if err != nil || gone > 0 {
		return true, err
	}
	if p.Binding != "" {
		return false, nil
	}
	if !p.cut {
		_, more, err := p.DB.DropPersonal(ctx, p.Retention.PersonalData.Before(p.Now), &p.place, purgeBatch, personalCut)
		p.cut = err == nil && !more
		return true, err
	}
	_, err = p.DB.DropMonths(ctx, p.Retention.Audit.Before(p.Now), dropWithin)
	return false, err
}

// Run takes steps until nothing is left.
func (p *Purge) Run(ctx context.Context) (Purged, error) {
	for {
		if more, err := p.Step(ctx); err != nil || !more {
			return p.Done, err
		}
	}
}
