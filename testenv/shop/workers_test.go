package shop

import "testing"

func TestWorkersDoTheWholePlanSideBySide(t *testing.T) {
	s := installed(t, Options{Seed: 21, Fast: true})
	plan := FullPlan(40)
	plan.Workers, plan.PerSecond = 4, 500
	var last Progress
	if err := s.Run(t.Context(), plan, func(p Progress) { last = p }); err != nil {
		t.Fatal(err)
	}
	if last.Steps != last.StepsInAll || last.Orders != plan.Orders {
		t.Errorf("the run ended after %+v", last)
	}
	requireIdentity(t, s)
	documents := must[[]Document](t)(s.Documents(t.Context()))
	if len(documents) != last.Invoices+last.CreditMemos {
		t.Errorf("%d documents in the books, %d invoices and %d credit memos made", len(documents), last.Invoices, last.CreditMemos)
	}
}
