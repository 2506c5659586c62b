package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestTheBinarySaysWhereItListensAndAnswersThere(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	out, in := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run(ctx, []string{"--auto-consent", "--businesses", "2"}, in) }()
	first, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	url, ok := strings.CutPrefix(strings.TrimSpace(first), "sagesim: listening on ")
	if !ok || !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Fatalf("said %q", first)
	}
	res, err := http.Get(url + "/_sim/documents")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); strings.TrimSpace(string(body)) != "[]" {
		t.Errorf("an empty simulator holds %s", body)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestASwitchThatIsMisspelledIsRefused(t *testing.T) {
	for _, arg := range []string{"--edition=plus", "--search=suffix", "--no-such-switch"} {
		if err := run(context.Background(), []string{arg}, io.Discard); err == nil {
			t.Errorf("%s was taken", arg)
		}
	}
}

func TestTheReferenceIsTheSameInEveryRun(t *testing.T) {
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := run(context.Background(), []string{"--print-reference"}, out); err != nil {
			t.Fatal(err)
		}
	}
	var reference struct {
		TaxRates []struct{ ID, Percentage string } `json:"tax_rates"`
		Banks    []struct {
			ID   string
			Name string `json:"displayed_as"`
		} `json:"bank_accounts"`
	}
	if err := json.Unmarshal(first.Bytes(), &reference); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() || reference.TaxRates[0].ID != "GB_STANDARD" || reference.TaxRates[0].Percentage != "20.0" {
		t.Errorf("the reference begins %+v", reference.TaxRates[0])
	}
	if b := reference.Banks[0]; b.ID != "e6ded389d9ff3a9aaa1b2e3e9a73e0a8" || b.Name != "Current Account" {
		t.Errorf("the current account is now %+v: bindings name the old id", b)
	}
}

func TestArgumentsThatMakeNoSense(t *testing.T) {
	for _, args := range [][]string{{"extra"}, {"--colour"}, {"--access-token-seconds", "soon"}, {"--listen", "nowhere:port"}} {
		if err := run(context.Background(), args, io.Discard); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
}
