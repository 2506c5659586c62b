package sage

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/secret"
	"github.com/mage2sage/mage2sage/testenv/contract"
	"github.com/mage2sage/mage2sage/testenv/sagesim/chart"
	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// TestATrialBusinessAnswersEveryCallOfTheClient walks the business that the environment names, for
// make contract.
func TestATrialBusinessAnswersEveryCallOfTheClient(t *testing.T) {
	b, err := contract.Trial(os.Getenv)
	if errors.Is(err, contract.ErrNoTrial) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range walkTrial(t, b) {
		t.Error(line)
	}
}

// The whole of it, with a simulator in the place of the trial business.
func TestTheWalkOfATrialBusinessSaysWhatItDoesNotAnswer(t *testing.T) {
	for name, c := range map[string]struct {
		edition string
		want    []string
	}{
		"an edition that has everything": {"", nil},
		"an edition without stock": {simulator.StandardEdition, []string{
			"Permit.CreateStockItem", "Permit.ChangeStockItem", "Client.StockItem", "Client.FindStockItems", "Client.StockItemChanges", "Permit.CreateStockMovement",
			"Permit.ChangeStockMovement", "Client.StockMovement", "Client.FindStockMovements", "Permit.DeleteStockMovement", "Permit.DeleteStockItem",
			"Permit.CreateEstimate", "Permit.ChangeEstimate", "Permit.DeleteEstimate", "Permit.CreateCreditNote", "Permit.VoidCreditNote",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			sim, url := simulator.Start(t, simulator.Options{BusinessName: "Trial", Edition: c.edition})
			env := map[string]string{
				"SAGE_TRIAL_CLIENT_ID": "demo-client", "SAGE_TRIAL_CLIENT_SECRET": "demo-secret", "SAGE_TRIAL_REFRESH_TOKEN": sim.Grant().Refresh,
				"SAGE_TRIAL_BUSINESS": simulator.BusinessID(0), "SAGE_TRIAL_TOKEN_FILE": filepath.Join(t.TempDir(), "token"),
				"SAGE_TRIAL_API_URL": url + "/v3.1", "SAGE_TRIAL_TOKEN_URL": url + "/token",
			}
			b, err := contract.Trial(func(name string) string { return env[name] })
			if err != nil {
				t.Fatal(err)
			}
			got := walkTrial(t, b)
			for _, method := range c.want {
				if !strings.Contains(strings.Join(got, "\n"), method+": ") {
					t.Errorf("%s is not among what is not answered", method)
				}
			}
			if c.want == nil && len(got) > 0 {
				t.Errorf("not answered: %v", got)
			}
			for _, d := range sim.Documents() {
				if (d.Kind == "invoice" || d.Kind == "credit_note") && d.Status != "VOID" {
					t.Errorf("%s %s is left %s, want all void", d.Kind, d.Number, d.Status)
				}
			}
		})
	}
}

// walkTrial makes every call, and says which are not answered as the client needs it.
func walkTrial(t *testing.T, b *contract.Business) (wrong []string) {
	t.Helper()
	c := DefaultConfig()
	if c.APIURL != b.API { // a simulator has no limit to keep
		c.APIURL, c.CallsPerSecond, c.CallsPerSecondPerBusiness = b.API, 1e6, 1e6
	}
	client := NewClient(NewNetwork(c), trialTokens{b}, "trial", b.ID)
	s := &scene{t: t, client: client, ids: map[string]string{
		reference: b.Reference(), today: time.Now().UTC().Format(time.DateOnly), later: time.Now().UTC().AddDate(0, 1, 0).Format(time.DateOnly),
		"GBP": b.Base, "GB_STANDARD": b.Tax, "GB_ZERO": b.Free, chart.Sales: b.Ledger, chart.Account(5000): b.Purchase, chart.BankAccounts("GBP")[0].ID: b.Bank,
	}}
	if types, err := client.ProductPriceTypes(t.Context()); err == nil && len(types) > 0 {
		s.ids[chart.PriceTypes[0].ID] = types[0].ID
	}
	if types, err := client.ServiceRateTypes(t.Context()); err == nil && len(types) > 0 {
		s.ids[chart.RateTypes[0].ID] = types[0].ID
	}
	for _, step := range walk {
		got, err := step.do(t.Context(), s)
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s: %v", step.method, err))
		} else if differs := s.differs(got); len(differs) > 0 {
			wrong = append(wrong, fmt.Sprintf("%s: %v differ from what was sent", step.method, differs))
		}
		s.sent = nil
	}
	b.TakeBack("/contacts/"+s.at("contact"), "/stock_items/"+s.at("stock"), "/sales_invoices/"+s.at("unpaid"), "/sales_credit_notes/"+s.at("open"), "/sales_invoices/"+s.at("invoice"),
		"/sales_credit_notes/"+s.at("note"), "/contact_allocations/"+s.at("allocation"), "/contact_payments/"+s.at("payment"))
	return wrong
}

// trialTokens are those of a trial business.
type trialTokens struct{ b *contract.Business }

func (t trialTokens) Token(context.Context) (secret.String, error) {
	token, err := t.b.Access.Token()
	return secret.String(token), err
}

func (t trialTokens) Renew(ctx context.Context, _ secret.String) (secret.String, error) {
	return t.Token(ctx)
}
