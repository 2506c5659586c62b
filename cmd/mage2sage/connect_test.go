package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"
)

func TestAPastedAnswerIsTakenAndAWrongOneIsAnsweredInWords(t *testing.T) {
	for name, c := range map[string]struct {
		flags consentFlags
		in    string
		said  string
		cause string // of the wait's end
	}{
		"the answer":                    {consentFlags{paste: true}, "\nright\n", "", ""},
		"a wrong one before":            {consentFlags{paste: true}, "wrong\nright\n", "not that one\n", ""},
		"no answer, and no callback":    {consentFlags{paste: true}, "wrong\n", "not that one\n", "the input ended before an answer was pasted"},
		"no input, and the callback":    {consentFlags{}, "", "", ""},
		"no input, and no callback":     {consentFlags{paste: true}, "", "", "the input ended"},
		"the answer beside a callback":  {consentFlags{}, "right\n", "", ""},
		"after the answer nothing more": {consentFlags{paste: true}, "right\nwrong\n", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			c.flags.patience = time.Minute
			ctx, stop := c.flags.waiting(t.Context())
			defer stop(nil)
			c.flags.read(strings.NewReader(c.in), &out, func(text string) error {
				if text == "right" {
					return nil
				}
				return errors.New("not that one")
			}, stop)
			if out.String() != c.said {
				t.Errorf("said %q, want %q", out.String(), c.said)
			}
			if cause := context.Cause(ctx); (cause != nil) != (c.cause != "") || cause != nil && !strings.Contains(cause.Error(), c.cause) {
				t.Errorf("the wait ended with %v, want %q", cause, c.cause)
			}
		})
	}
}

func TestAPersonWhoDoesNotComeIsAFailureThatSaysWhatToDo(t *testing.T) {
	ctx, stop := consentFlags{patience: time.Nanosecond}.waiting(t.Context())
	defer stop(nil)
	<-ctx.Done()
	if err := context.Cause(ctx); errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "within 1ns: run connect again, with --paste") {
		t.Errorf("%v", err)
	}
}
