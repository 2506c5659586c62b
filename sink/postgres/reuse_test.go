package postgres_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/sink/postgres"
	"github.com/mage2sage/mage2sage/sink/work"
)

// version is an invoice under an order, as some partition of its topic has it.
func version(order, sequence uint64, deleted bool) postgres.Entity {
	return postgres.Entity{Source: "shop", ID: "invoice:12", OrderID: order, Version: change.Version{Epoch: 2, Sequence: sequence}, Deleted: deleted,
		Body: json.RawMessage(fmt.Sprintf(`{"order": %d, "deleted": %v}`, order, deleted))}
}

func TestAnIDThatLivesUnderAnotherOrderIsNotDeletedByTheOldOne(t *testing.T) {
	t.Parallel()
	living, deletion := version(9, 5, false), version(7, 8, true)
	for name, c := range map[string]struct {
		records []postgres.Entity
		want    string
	}{
		"the old order's deletion comes last":          {[]postgres.Entity{version(7, 1, false), living, deletion}, `{"order": 9, "deleted": false}`},
		"the old order's deletion comes first":         {[]postgres.Entity{version(7, 1, false), deletion, living}, `{"order": 9, "deleted": false}`},
		"its own deletion counts":                      {[]postgres.Entity{living, version(9, 6, true)}, `{"order": 9, "deleted": true}`},
		"an older deletion of its own does not":        {[]postgres.Entity{living, version(9, 4, true)}, `{"order": 9, "deleted": false}`},
		"of two that live, the newer one is the truth": {[]postgres.Entity{living, version(7, 1, false)}, `{"order": 9, "deleted": false}`},
	} {
		t.Run(name, func(t *testing.T) {
			s, _ := open(t)
			kept := c.records[0]
			for _, e := range c.records {
				if _, err := s.Put(t.Context(), []postgres.Entity{e}, place); err != nil {
					t.Fatal(err)
				}
				if e.Follows(kept) {
					kept = e
				}
			}
			planned(t, s, func(p *postgres.Planning) work.Verdict {
				if string(p.Body) != c.want || string(kept.Body) != c.want {
					t.Errorf("kept %s, and %s in one batch; want %s", p.Body, kept.Body, c.want)
				}
				return as(work.ItemSkipped)(p)
			})
		})
	}
}

func TestAReferenceIsHeldByTheFirstThatMayBeInSage(t *testing.T) {
	t.Parallel()
	for state, held := range map[work.OperationState]bool{
		work.Planned: true, work.Sending: true, work.InDoubt: true, work.Confirmed: true, work.Parked: true, work.Refused: false, work.Cancelled: false,
	} {
		t.Run(string(state), func(t *testing.T) {
			s, dsn := open(t)
			if _, err := s.PutBinding(t.Context(), "other", "shop", json.RawMessage(`{}`)); err != nil {
				t.Fatal(err)
			}
			if err := s.Connect(t.Context(), work.Connection{Binding: "other", Business: "biz", BaseCurrency: "GBP"}); err != nil {
				t.Fatal(err)
			}
			elsewhere := work.Connection{Binding: "elsewhere", Business: "biz2", BaseCurrency: "GBP"}
			if _, err := s.PutBinding(t.Context(), elsewhere.Binding, "shop", json.RawMessage(`{}`)); err != nil {
				t.Fatal(err)
			}
			if err := s.Connect(t.Context(), elsewhere); err != nil {
				t.Fatal(err)
			}
			put(t, s, "invoice:1")
			planned(t, s, func(p *postgres.Planning) work.Verdict {
				if p.Binding.Name != "b" {
					return as(work.ItemSkipped)(p)
				}
				return as(work.ItemPlanned, func(v *work.Verdict) {
					v.Operations = []work.Operation{{OperationKey: work.OperationKey{Kind: work.CreateInvoice, Entity: "invoice:1"}, Revision: 1,
						IdempotencyID: "x", Reference: "dupA", Body: json.RawMessage(`{}`)}}
				})(p)
			})
			exec(t, dsn, fmt.Sprintf(`UPDATE operations SET state = '%s'; UPDATE sync_items SET sage_number = 'SI-1' WHERE binding = 'b'`, state))
			put(t, s, "invoice:1")
			put(t, s, "invoice:2")
			seen := map[canonical.ID]bool{}
			planned(t, s, func(p *postgres.Planning) work.Verdict {
				own := p.Binding.Name == "b" && p.Item.ID == "invoice:1" || p.Binding.Name == elsewhere.Binding
				for reference, want := range map[string]bool{"dupA": held && !own, "dupa": held && !own, "DUPA ": held && !own, "dupB": false} {
					got, err := p.Holder(work.CreateInvoice, reference)
					if err != nil || (got != nil) != want || want && *got != (work.Holder{Binding: "b", Entity: "invoice:1", SageNumber: "SI-1"}) {
						t.Errorf("%s of %s: %s is held by %+v, %v; want held %v", p.Item.ID, p.Binding.Name, reference, got, err, want)
					}
				}
				if got, err := p.Holder(work.CreateCreditNote, "dupA"); err != nil || got != nil {
					t.Errorf("a credit note's number is held by %+v, %v", got, err)
				}
				seen[p.Item.ID] = true
				return as(work.ItemSkipped)(p)
			})
			if len(seen) != 2 {
				t.Errorf("planned %v", seen)
			}
		})
	}
}

// The group is put back to the bookmark when a partition is read again, so a process that
// dies on the way would forget how far another database had come.
func TestWhatALostDatabaseHadReadIsRemembered(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	at := place
	for _, c := range []struct{ below, want int64 }{{0, 0}, {7, 7}, {0, 7}, {5, 7}} {
		got, err := s.NoteReadBefore(t.Context(), at.Topic, at.Partition, c.below)
		if err != nil || got != c.want {
			t.Errorf("noted %d: %d, %v; want %d", c.below, got, err, c.want)
		}
	}
	if mark, err := s.Bookmark(t.Context(), at.Topic, at.Partition); err != nil || mark.Offset != 0 || mark.Before != "" {
		t.Errorf("the bookmark is %+v, %v; want none before something was read", mark, err)
	}
	at.ReadBefore = 7
	for offset, want := range map[int64]bool{6: true, 7: false} {
		e := entity(uint64(offset), 1, `{}`)
		e.Offset = offset
		if _, err := s.Put(t.Context(), []postgres.Entity{e}, at); err != nil {
			t.Fatal(err)
		}
		planned(t, s, func(p *postgres.Planning) work.Verdict {
			if p.ReadBefore != want {
				t.Errorf("the record at %d was read before: %v, want %v", offset, p.ReadBefore, want)
			}
			return as(work.ItemSkipped)(p)
		})
	}
	newer := entity(6, 2, `{"new": true}`)
	newer.Offset = 8
	if _, err := s.Put(t.Context(), []postgres.Entity{newer}, at); err != nil {
		t.Fatal(err)
	}
	planned(t, s, func(p *postgres.Planning) work.Verdict {
		if p.ReadBefore {
			t.Error("a newer version that nobody had read counts as read before")
		}
		return as(work.ItemSkipped)(p)
	})
	if got, err := s.NoteReadBefore(t.Context(), at.Topic, at.Partition, 0); err != nil || got != 7 {
		t.Errorf("after a batch %d, %v; want 7", got, err)
	}
}

// A policy that was imported with a prefix gives what was not sent yet another reference.
func TestAReferenceIsThatOfTheLastPlanAndHeldByTheFirstDocument(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	plan := func(id canonical.ID, reference string) {
		t.Helper()
		put(t, s, id)
		planned(t, s, as(work.ItemPlanned, func(v *work.Verdict) {
			v.Operations = []work.Operation{{OperationKey: work.OperationKey{Kind: work.CreateInvoice, Entity: string(id)}, Revision: 1,
				IdempotencyID: string(id), Reference: reference, Body: json.RawMessage(`{}`)}}
		}))
	}
	plan("invoice:1", "dupA")
	plan("invoice:1", "B-dupA")
	plan("invoice:2", "b-DUPa")
	put(t, s, "invoice:3")
	planned(t, s, func(p *postgres.Planning) work.Verdict {
		for reference, want := range map[string]string{"dupa": "", "B-DUPA": "invoice:1"} {
			got, err := p.Holder(work.CreateInvoice, reference)
			if err != nil || (got != nil) != (want != "") || got != nil && got.Entity != want {
				t.Errorf("%s is held by %+v, %v; want %q", reference, got, err, want)
			}
		}
		return as(work.ItemSkipped)(p)
	})
}
