package contract

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
)

// switched is what a simulator is that was started with these switches.
func switched(t *testing.T, switches string) simulator.Options {
	t.Helper()
	o := simulator.Options{Businesses: 2, BusinessName: "Trial of a shop"}
	if strings.Contains(switches, "concurrent") { // so that calls overlap
		o.Latency = 50 * time.Millisecond
	}
	f := flag.NewFlagSet("sagesim", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	f.DurationVar(&o.Memory, "idempotency-memory", 0, "")
	simulator.Unknowns(f, &o)
	var args []string
	for part := range strings.FieldsSeq(switches) {
		args = append(args, strings.ReplaceAll(part, "'", ""))
	}
	if err := f.Parse(args); err != nil {
		t.Fatalf("%s is no switch of the simulator: %v", switches, err)
	}
	return o
}

// standIn is a simulator in the place of a trial business, and the environment that names it.
func standIn(t *testing.T, o simulator.Options) (*simulator.Server, map[string]string) {
	t.Helper()
	sim, url := simulator.Start(t, o)
	return sim, map[string]string{
		clientIDVar: "demo-client", clientSecretVar: "demo-secret", refreshTokenVar: sim.Grant().Refresh, businessVar: simulator.BusinessID(0),
		tokenFileVar: filepath.Join(t.TempDir(), "refresh-token"), apiVar: url + "/v3.1", tokenURLVar: url + "/token", riskVar: "1",
	}
}

func of(env map[string]string) func(string) string {
	return func(name string) string { return env[name] }
}

// report asks the business that the environment names, and returns what is printed.
func report(t *testing.T, env map[string]string) string {
	t.Helper()
	b, err := Trial(of(env))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	var sum Summary
	Put(b, Questions(), func(f Finding) { f.Write(&out); sum.Add(f) })
	sum.Write(&out)
	return out.String()
}

// Each question, put to a simulator that does each of what is foreseen, has to find just that.
func TestEveryQuestionFindsWhatTheSimulatorDoes(t *testing.T) {
	for _, q := range Questions() {
		for _, a := range q.Answers {
			t.Run(q.Name+": "+a.Found, func(t *testing.T) {
				set, want := a.Switch, a.Found
				if set == told {
					set = ""
				}
				if strings.HasSuffix(set, "=") {
					set, want = set+"Other", "Other"
				}
				sim, env := standIn(t, switched(t, set))
				if a.Switch == told {
					sim.Fault(simulator.Fault{Path: "/v3.1/user", Mode: "status", RetryAfter: map[bool]int{true: 7}[a.Found == "it says so in seconds"]})
				}
				b, err := Trial(of(env))
				if err != nil {
					t.Fatal(err)
				}
				Put(b, []Question{q}, func(f Finding) {
					text, ok := f.Switch()
					if f.NotAsked != "" || f.Found != want || !ok || text != a.Switch && text != a.Switch+"'Other'" {
						t.Errorf("found %q (not asked: %q), and to set %q; want %q by %q", f.Found, f.NotAsked, text, want, a.Switch)
					}
				})
				if r, err := b.call(http.MethodGet, "/financial_settings", nil); q.Name == "locked" && (err != nil || r.get("year_end_lockdown_date") != nil) {
					t.Errorf("%v: the books are left locked at %v", err, r.get("year_end_lockdown_date"))
				}
				if len(b.made) > 0 {
					t.Errorf("%v was not taken back", b.made)
				}
			})
		}
	}
}

func TestQuestionsAreInPlainWordsAndHaveAnswers(t *testing.T) {
	names := map[string]bool{}
	for _, q := range Questions() {
		if names[q.Name] || !strings.HasSuffix(q.Text, "?") || len(q.Answers) == 0 || q.Answers[0].Switch != "" {
			t.Errorf("%q: %q has %d answers, the first by %q", q.Name, q.Text, len(q.Answers), q.Answers[0].Switch)
		}
		names[q.Name] = true
	}
}

func TestTheReportFollowsWhatTheBusinessDoes(t *testing.T) {
	t.Run("as the simulator assumes", func(t *testing.T) {
		sim, env := standIn(t, switched(t, ""))
		got := report(t, env)
		if want := fmt.Sprintf("contract: %d as the simulator assumes, 0 otherwise, 0 unforeseen, 0 not asked\n", len(Questions())); !strings.HasSuffix(got, want) {
			t.Errorf("%s\nwant %s", got, want)
		}
		for _, l := range sim.Ledgers() {
			if !l.Balanced || !l.DebtorsAgree {
				t.Errorf("the ledger balances: %v, debtors agree: %v", l.Balanced, l.DebtorsAgree)
			}
		}
		for _, d := range sim.Documents() {
			if d.Kind == "invoice" && d.Status != "VOID" {
				t.Errorf("invoice %s is left %s, want all void", d.Number, d.Status)
			}
		}
	})
	t.Run("otherwise", func(t *testing.T) {
		_, env := standIn(t, switched(t, "--remember-refusals --show-deleted --inverse-rates --locked-message='Closed' --edition=standard --zero-total-unpaid --search=prefix"))
		got := report(t, env)
		for _, want := range []string{
			"Is an idempotency id free again after its request was refused?\n  found      it gets the refusal again\n  assumed    it is free\n  set        sagesim --remember-refusals\n",
			"set        sagesim --show-deleted\n", "set        sagesim --inverse-rates\n", "set        sagesim --locked-message='Closed'\n",
			"set        sagesim --edition=standard\n", "set        sagesim --zero-total-unpaid\n", "set        sagesim --search=prefix\n",
			fmt.Sprintf("\ncontract: %d as the simulator assumes, 8 otherwise, 0 unforeseen, 0 not asked\n", len(Questions())-8),
		} {
			if !strings.Contains(got, want) {
				t.Errorf("%s\nwant %q in it", got, want)
			}
		}
	})
	t.Run("as nobody foresaw", func(t *testing.T) {
		sim, env := standIn(t, switched(t, ""))
		sim.Fault(simulator.Fault{Method: http.MethodPost, Path: "/v3.1/stock_items", Mode: "status", Status: 410})
		if got := report(t, env); !strings.Contains(got, "found      answered 410 ") || !strings.Contains(got, "nothing does so: the simulator needs a new switch") || !strings.Contains(got, ", 0 otherwise, 1 unforeseen, ") {
			t.Errorf("%s\nwant what was answered, and that it is unforeseen", got)
		}
	})
	t.Run("without leave for what may end the consent", func(t *testing.T) {
		_, env := standIn(t, switched(t, "--reuse-revokes"))
		env[riskVar] = ""
		if got := report(t, env); strings.Count(got, "not asked  ") != 3 || !strings.Contains(got, "set SAGE_TRIAL_RISK=1") {
			t.Errorf("%s\nwant three questions not asked, and what to set", got)
		}
	})
}

func TestTheTrialBusinessIsNamedWholeOrNotAtAll(t *testing.T) {
	if _, err := Trial(of(nil)); !errors.Is(err, ErrNoTrial) || !strings.Contains(err.Error(), "SAGE_TRIAL_TOKEN_FILE") {
		t.Errorf("%v; want the names to set", err)
	}
	_, env := standIn(t, switched(t, ""))
	delete(env, refreshTokenVar)
	if _, err := Trial(of(env)); err == nil || err.Error() != "set SAGE_TRIAL_REFRESH_TOKEN, too" {
		t.Errorf("%v; want the one that is missing", err)
	}
}

func TestABusinessThatIsNoTrialIsLeftAlone(t *testing.T) {
	o := switched(t, "")
	o.BusinessName = "Shop of Ada"
	sim, env := standIn(t, o)
	if _, err := Trial(of(env)); err == nil || !strings.Contains(err.Error(), `"Shop of Ada"`) || !strings.Contains(err.Error(), "SAGE_TRIAL_YES=1") {
		t.Fatalf("%v; want a refusal that says what to set", err)
	}
	for _, c := range sim.Calls().Calls {
		if strings.HasPrefix(c.Path, "/v3.1/") && c.Path != "/v3.1/businesses/"+simulator.BusinessID(0) {
			t.Errorf("%s %s was called before the name was seen", c.Method, c.Path)
		}
	}
	env[yesVar] = "1"
	if _, err := Trial(of(env)); err != nil {
		t.Errorf("%v; want it asked when somebody says so", err)
	}
}

func TestTheRefreshTokenIsKeptBeforeItIsUsed(t *testing.T) {
	sim, env := standIn(t, switched(t, ""))
	first := env[refreshTokenVar]
	if _, err := Trial(of(env)); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(env[tokenFileVar])
	info, _ := os.Stat(env[tokenFileVar])
	if err != nil || strings.TrimSpace(string(kept)) == first || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v: the file has the spent token, or others may read it", err)
	}
	// The variable still has the first one: the file's is the live one.
	if _, err := Trial(of(env)); err != nil {
		t.Errorf("%v; want the second run to go on from the file", err)
	}
	sim.Fault(simulator.Fault{Method: http.MethodPost, Path: "/token", Mode: "status", Status: 400, Body: `{"error":"invalid_grant"}`})
	if _, err := Trial(of(env)); err == nil || !strings.Contains(err.Error(), "connect the trial business anew, and remove "+env[tokenFileVar]) || strings.Contains(err.Error(), string(kept)) {
		t.Errorf("%v; want what to do, without the token", err)
	}
}

// TestTrialBusiness asks the business that the environment names, for make contract.
func TestTrialBusiness(t *testing.T) {
	b, err := Trial(os.Getenv)
	if errors.Is(err, ErrNoTrial) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("asked: %s\n", b.Name)
	var sum Summary
	Put(b, Questions(), func(f Finding) { f.Write(os.Stdout); sum.Add(f) })
	sum.Write(os.Stdout)
}
