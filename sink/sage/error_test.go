package sage

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAnswersAreReadWhateverTheirShape(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		body    string
		outcome Outcome
		text    string
	}{
		"an array of faults":            {422, `[{"$dataCode":"RecordInvalid","$message":"Ada's","$source":"line_items.tax_rate_id"}]`, Refused, "create sales invoice: 422 RecordInvalid at line_items.tax_rate_id"},
		"a fault alone":                 {404, `{"$dataCode":"RecordNotFound","$message":"x","$source":""}`, Refused, "404 RecordNotFound"},
		"a gateway's page":              {502, `<html>Bad gateway</html>`, Ambiguous, "502 Bad Gateway"},
		"nothing at all":                {500, ``, Ambiguous, "500 Internal Server Error"},
		"a source that could be a name": {422, `[{"$dataCode":"RecordInvalid","$source":"Ada Example <ada@example.test>"}]`, Refused, "422 RecordInvalid: Sage refuses"},
		"no subscription":               {401, `[{"$dataCode":"AuthorizationFailure","$message":"No active subscription. (MSE)"}]`, NotAllowed, "renew it"},
		"another role":                  {403, `[{"$dataCode":"MultiUserAccessDenied"}]`, NotAllowed, "Full Access"},
		"too many calls":                {429, ``, Throttled, "429"},
		"a redirect":                    {302, ``, Ambiguous, "302"},
		"success without an id":         {201, `{"total_amount":"1.0"}`, Ambiguous, "no id"},
		"success that is not JSON":      {201, `<html>`, Ambiguous, "not the JSON"},
		"success":                       {201, `{"id":"x","total_amount":39.2,"unknown":[1],"net_amount":null}`, Done, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{answer: always(c.status, c.body)}
			err := post(t, f.client())
			if got := Classify(err); got != c.outcome || err != nil && (!strings.Contains(err.Error(), c.text) || strings.Contains(err.Error(), "Ada")) {
				t.Errorf("%s, %v; want %s, %q and no name", got, err, c.outcome, c.text)
			}
		})
	}
}

// A gateway's 404 for ten seconds must not look like Sage's refusal of a document.
func TestARefusalCountsOnlyWhereItIsSagesOwnDocument(t *testing.T) {
	sages := map[string]string{
		"an array": `[{"$severity":"error","$dataCode":"SomeCode","$message":"text","$source":"field"}]`,
		"a fault":  `{"$dataCode":"SomeCode","$message":"text","$source":"field"}`,
	}
	others := map[string]string{
		"a page":                 `<html>text</html>`,
		"nothing":                ``,
		"somebody else's JSON":   `{"code":"not_found","message":"text"}`,
		"an empty array":         `[]`,
		"a code that is no code": `[{"$dataCode":"text: no route"}]`,
		"a code of another kind": `[{"$dataCode":"UnexpectedError","$message":"text"}]`,
	}
	for status, want := range map[int]Outcome{
		// Not executed, and not to be made again as it is.
		400: Refused, 402: Refused, 404: Refused, 405: Refused, 409: Refused, 410: Refused, 413: Refused, 415: Refused, 422: Refused,
		// For a person.
		401: Unauthorized, 403: NotAllowed,
		// Not executed, to be made again later.
		429: Throttled,
		// Perhaps executed.
		300: Ambiguous, 301: Ambiguous, 304: Ambiguous, 307: Ambiguous, 308: Ambiguous, 408: Ambiguous,
		500: Ambiguous, 501: Ambiguous, 502: Ambiguous, 503: Ambiguous, 504: Ambiguous, 525: Ambiguous,
	} {
		for name, body := range sages {
			t.Run(http.StatusText(status)+" with "+name, func(t *testing.T) { answeredWith(t, status, body, want) })
		}
		if want != Throttled { // whoever says it, there were too many calls
			want = Ambiguous
		}
		for name, body := range others {
			t.Run(http.StatusText(status)+" with "+name, func(t *testing.T) { answeredWith(t, status, body, want) })
		}
	}
}

func answeredWith(t *testing.T, status int, body string, want Outcome) {
	t.Helper()
	f := &fake{answer: always(status, body)}
	err := post(t, f.client())
	var refusal *Error
	if !errors.As(err, &refusal) || refusal.Status != status || refusal.Op != "create sales invoice" {
		t.Fatalf("%v; want an Error with status %d", err, status)
	}
	if got := Classify(err); got != want {
		t.Errorf("%d is %s, want %s", status, got, want)
	}
	if strings.Contains(err.Error(), "text") {
		t.Errorf("%v repeats the body", err)
	}
	if want == Ambiguous && strings.Contains(err.Error(), "not in this business") {
		t.Errorf("%v says what Sage has not said", err)
	}
}

func TestTheHintSaysWhatAPersonShouldDo(t *testing.T) {
	for name, c := range map[string]struct {
		status int
		source string
		want   string
	}{
		"an unknown id":            {404, "", "is not in this business"},
		"a currency":               {404, "currency_id", "switch it on in Sage"},
		"a tax rate":               {422, "line_items.tax_rate_id", "correct tax_rate_map"},
		"a ledger account":         {422, "line_items.ledger_account_id", "correct the policy"},
		"a date":                   {422, "date", "open the period in Sage"},
		"a due date":               {422, "due_date", "open the period in Sage"},
		"an item code":             {422, "item_code", "change or delete one of the two"},
		"a moment that is no date": {422, "updated_or_created_since", "look at the field it names"},
		"another field":            {422, "reference", "look at the field it names"},
		"a right that is missing":  {403, "", "give the user Full Access"},
		"a fault of Sage's":        {500, "", ""},
		"too many calls":           {429, "", ""},
		"a request of the wrong":   {415, "", ""},
		"a token that was refused": {401, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := &fake{answer: always(c.status, `[{"$dataCode":"X","$source":"`+c.source+`"}]`)}
			var refusal *Error
			if err := post(t, f.client()); !errors.As(err, &refusal) || !strings.Contains(refusal.Hint, c.want) || c.want == "" && refusal.Hint != "" {
				t.Errorf("hint %q, want %q", refusal.Hint, c.want)
			}
		})
	}
}

// Sage names no field where stock is short: its message alone tells.
func TestTheHintOfARefusalWithoutAField(t *testing.T) {
	for message, want := range map[string]string{
		"You cannot fulfil this invoice as you do not have enough stock.": "correct the stock in Sage",
		"Ada is wrong.": "names no field",
	} {
		f := &fake{answer: always(422, `[{"$dataCode":"RecordInvalid","$message":"`+message+`","$source":""}]`)}
		var refusal *Error
		if err := post(t, f.client()); !errors.As(err, &refusal) || !strings.Contains(refusal.Hint, want) || strings.Contains(err.Error(), "Ada") {
			t.Errorf("hint %q, want %q", refusal.Hint, want)
		}
	}
}

func TestRetryAfterIsReadInSecondsAndAsADate(t *testing.T) {
	at := func(in time.Duration) string { return time.Now().Add(in).UTC().Format(http.TimeFormat) }
	for name, c := range map[string]struct {
		value func() string
		want  time.Duration
	}{
		"seconds":             {func() string { return "7" }, 7 * time.Second},
		"no second":           {func() string { return "0" }, 0},
		"less than none":      {func() string { return "-7" }, 0},
		"a word":              {func() string { return "soon" }, 0},
		"nothing":             {func() string { return "" }, 0},
		"a date":              {func() string { return at(time.Minute) }, time.Minute},
		"a date that is over": {func() string { return at(-time.Minute) }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fake{answer: always(429, "", "Retry-After", c.value())}
				var refusal *Error
				if err := post(t, f.client()); !errors.As(err, &refusal) || refusal.RetryAfter != c.want {
					t.Errorf("%q is read as %s, want %s", c.value(), refusal.RetryAfter, c.want)
				}
			})
		})
	}
}

func FuzzErrorBodiesNeverLeakNorPanic(f *testing.F) {
	f.Add(`[{"$dataCode":"RecordInvalid","$source":"x"}]`, 422)
	f.Add(`[{"$dataCode":"AuthorizationFailure","$message":"No active subscription. (MSE)"}]`, 401)
	f.Add(`{"$dataCode":1}`, 500)
	f.Add(`<html>`, 502)
	f.Fuzz(func(t *testing.T, body string, status int) {
		e := errorOf("op", &http.Response{StatusCode: status, Header: http.Header{}}, []byte(body))
		if strings.ContainsAny(e.Code+e.Source, "@<>\n\"") && e.Code != http.StatusText(status) {
			t.Errorf("let through %q %q", e.Code, e.Source)
		}
		if o := classifyStatus(e); o == Done || o == NotSent || o == Held || status == 401 && e.FromSage && o != Unauthorized && e.Code != NoSubscription {
			t.Errorf("%d is %s", status, o)
		}
	})
}
