package work

import (
	"go/ast"
	"go/parser"
	"go/token"
	"regexp"
	"strconv"
	"testing"
)

// declaredReasons reads the constants of type Reason out of reason.go.
func declaredReasons(t *testing.T) map[Reason]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "reason.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[Reason]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Reason" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			found[Reason(text)] = true
		}
		return true
	})
	return found
}

func TestEveryReasonIsListedOnceUnderItsState(t *testing.T) {
	declared, listed := declaredReasons(t), map[Reason]ItemState{}
	if len(declared) < 20 {
		t.Fatalf("found %d reasons in reason.go: the test does not read it", len(declared))
	}
	for _, state := range ItemStates() {
		for _, r := range Reasons(state) {
			if other, twice := listed[r]; twice {
				t.Errorf("%s explains %s and %s", r, other, state)
			}
			listed[r] = state
			if !declared[r] {
				t.Errorf("%s is listed and not declared", r)
			}
		}
	}
	for r := range declared {
		if listed[r] == "" {
			t.Errorf("%s is declared and in no list", r)
		}
	}
}

func TestReasonsCanBeTypedInAFilter(t *testing.T) {
	word := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	for _, state := range ItemStates() {
		for _, r := range Reasons(state) {
			if !word.MatchString(string(r)) {
				t.Errorf("%q is no word in lower case", r)
			}
		}
	}
}

func TestPlannedAndPostedNeedNoReason(t *testing.T) {
	for _, s := range []ItemState{ItemPlanned, ItemPosted} {
		if len(Reasons(s)) != 0 {
			t.Errorf("%s has the reasons %v", s, Reasons(s))
		}
	}
}

func TestTheZeroValuesSayNothing(t *testing.T) {
	if (Verdict{}).Decided() || !(Verdict{Item: SyncItem{State: ItemPosted}}).Decided() {
		t.Error("the zero verdict is decided, or one with a state is not")
	}
	if (ParkReason{}).Found() || !(ParkReason{Reason: TaxUnmapped}).Found() {
		t.Error("the zero park reason is found, or a real one is not")
	}
}

func TestAMoneyDigestComesBackAsItWent(t *testing.T) {
	if got := MoneyDigestOf(MoneyDigest("abc")); got != "abc" {
		t.Errorf("%q, want abc", got)
	}
	for _, other := range []string{``, `{}`, `{"name":"x"}`, `not json`} {
		if got := MoneyDigestOf([]byte(other)); got != "" {
			t.Errorf("%s has the digest %q, want none", other, got)
		}
	}
}
