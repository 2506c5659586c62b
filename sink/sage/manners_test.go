package sage

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode"

	"github.com/mage2sage/mage2sage/schemas/money"
	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

// everyCall runs a test for each method of the client, on a fake of its own.
func everyCall(t *testing.T, answer func(step) func(http.ResponseWriter, call), judge func(t *testing.T, s step, f *fake, got any, err error)) {
	t.Helper()
	for _, s := range walk {
		t.Run(s.method, func(t *testing.T) {
			f := &fake{answer: answer(s)}
			got, err := s.do(t.Context(), &scene{t: t, client: f.client()})
			judge(t, s, f, got, err)
		})
	}
}

func good(step) func(http.ResponseWriter, call) { return always(200, `{"id":"x"}`) }

func TestEveryCallIsMadeAsSageWantsIt(t *testing.T) {
	everyCall(t, good, func(t *testing.T, s step, f *fake, _ any, err error) {
		if err != nil || len(f.calls) == 0 {
			t.Fatalf("%v after %d calls", err, len(f.calls))
		}
		c := f.calls[0]
		if got := c.method + " " + c.url; got != s.want {
			t.Errorf("called %s, want %s", got, s.want)
		}
		if c.business != "biz" || c.token != "Bearer token" || (c.body != "") != (c.contentType == "application/json") {
			t.Errorf("for business %q with %q as %q, want biz, the token, and JSON where there is a body", c.business, c.token, c.contentType)
		}
		switch {
		case c.method == http.MethodGet && c.body != "":
			t.Errorf("a reading has the body %s", c.body)
		case c.method == http.MethodPost || c.method == http.MethodPut:
			checkBody(t, c.body)
		}
	})
}

// checkBody holds what a body is to have in it: one object under its name, the idempotency id inside,
// no number, and texts without entities and control characters.
func checkBody(t *testing.T, body string) {
	t.Helper()
	var wrapped map[string]map[string]any
	decoder := json.NewDecoder(strings.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&wrapped); err != nil || len(wrapped) != 1 {
		t.Fatalf("%v: the body is not one object under its name: %s", err, body)
	}
	for _, inner := range wrapped {
		if id, _ := inner["idempotency_id"].(string); len(id) != 32 || strings.Trim(id, "0123456789abcdef") != "" {
			t.Errorf("the idempotency id inside the object is %q, want 32 hex digits", id)
		}
		scan(t, "", inner)
	}
}

func scan(t *testing.T, path string, value any) {
	t.Helper()
	switch v := value.(type) {
	case json.Number:
		t.Errorf("%s is the number %s, want a text: a number may pass through a float", path, v)
	case string:
		if strings.Contains(v, "&eacute;") || strings.Contains(v, "&amp;") || strings.ContainsFunc(v, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }) {
			t.Errorf("%s is %.40q: entities are to be decoded, and control characters dropped", path, v)
		}
	case []any:
		for _, one := range v {
			scan(t, path+"[]", one)
		}
	case map[string]any:
		for name, one := range v {
			scan(t, strings.TrimPrefix(path+"."+name, "."), one)
		}
	}
}

func TestEveryRefusalIsATypedErrorWithFieldAndHint(t *testing.T) {
	for name, c := range map[string]struct {
		status  int
		body    string
		outcome Outcome
		source  string
	}{
		"an array":         {422, `[{"$severity":"error","$dataCode":"RecordInvalid","$message":"Ada is wrong","$source":"line_items.description"},{"$dataCode":"Other"}]`, Refused, "line_items.description"},
		"an object":        {422, `{"$dataCode":"Validation","$message":"Ada is wrong","$source":"contact[name]"}`, Refused, "contact[name]"},
		"a gateway's page": {502, `<html>Ada</html>`, Ambiguous, ""},
		"Sage's own fault": {500, `[{"$dataCode":"UnexpectedError","$message":"Ada"}]`, Ambiguous, ""},
	} {
		t.Run(name, func(t *testing.T) {
			answer := func(step) func(http.ResponseWriter, call) { return always(c.status, c.body) }
			everyCall(t, answer, func(t *testing.T, _ step, f *fake, _ any, err error) {
				var refusal *Error
				if !errors.As(err, &refusal) || refusal.Status != c.status || refusal.Source != c.source || refusal.Op == "" || Classify(err) != c.outcome {
					t.Fatalf("%#v, want an Error of %d at %q that is %s", err, c.status, c.source, c.outcome)
				}
				if strings.Contains(err.Error(), "Ada") || c.outcome == Refused && refusal.Hint == "" {
					t.Errorf("%v: want a hint, and nothing of the message", err)
				}
				if len(f.calls) != 1 {
					t.Errorf("called %v, want one call: nothing is repeated here", f.urls())
				}
			})
		})
	}
}

func TestEveryAnswerIsReadFromTextsNumbersAndNull(t *testing.T) {
	for name, how := range map[string]struct{ amount, count, text string }{
		"texts":   {`"12.5"`, `"7"`, `"t"`},
		"numbers": {`12.5`, `7`, `"t"`},
		"null":    {`null`, `null`, `null`},
	} {
		t.Run(name, func(t *testing.T) {
			for _, s := range walk {
				t.Run(s.method, func(t *testing.T) {
					of := answerType(t, s)
					if of == nil {
						return
					}
					object := sample(of, how.amount, how.count, how.text)
					got := reflect.New(of)
					if err := json.Unmarshal([]byte(object), got.Interface()); err != nil {
						t.Fatalf("%s is not read: %v", object, err)
					}
					judgeSample(t, got.Elem(), name)
				})
			}
		})
	}
}

// answerType is what a method reads of one thing; nil where it reads nothing, or several.
func answerType(t *testing.T, s step) reflect.Type {
	t.Helper()
	f := &fake{answer: always(200, `{"id":"x"}`)}
	got, err := s.do(t.Context(), &scene{t: t, client: f.client()})
	if err != nil {
		t.Fatal(err)
	}
	switch of := reflect.TypeOf(got); {
	case of == nil || of == reflect.TypeFor[Lists]():
		return nil
	case of.Kind() == reflect.Slice:
		return of.Elem()
	case strings.HasPrefix(of.Name(), "Changes["):
		return of.Field(0).Type.Elem()
	default:
		return of
	}
}

// sample is an answer with every field that a type reads, and one that it does not know.
func sample(of reflect.Type, amount, count, text string) string {
	fields := []string{`"a_field_of_next_year":{"x":[1]}`}
	for _, field := range reflect.VisibleFields(of) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		value := text
		switch field.Type {
		case reflect.TypeFor[money.Amount]():
			value = amount
		case reflect.TypeFor[resource.Count]():
			value = count
		case reflect.TypeFor[resource.Ref]():
			value = map[bool]string{true: "null", false: `{"id":` + count + `,"displayed_as":null,"$path":"/x/7"}`}[text == "null"]
		default:
			if field.Type.Kind() != reflect.String {
				value = "null"
			}
		}
		fields = append(fields, fmt.Sprintf("%q:%s", name, value))
	}
	return "{" + strings.Join(fields, ",") + "}"
}

func judgeSample(t *testing.T, got reflect.Value, name string) {
	t.Helper()
	for _, field := range reflect.VisibleFields(got.Type()) {
		if tag, _, _ := strings.Cut(field.Tag.Get("json"), ","); tag == "" || tag == "-" {
			continue
		}
		value, want := got.FieldByIndex(field.Index), ""
		switch v := value.Interface().(type) {
		case money.Amount:
			if want = map[bool]string{true: "0.00", false: "12.50"}[name == "null"]; v.Fixed(2) != want {
				t.Errorf("%s is %s, want %s", field.Name, v.Fixed(2), want)
			}
		case resource.Count:
			if (v == 7) != (name != "null") {
				t.Errorf("%s is %d", field.Name, v)
			}
		case resource.Ref:
			if (v.ID == "7") != (name != "null") {
				t.Errorf("%s is %+v", field.Name, v)
			}
		case string:
			if (v == "t") != (name != "null") {
				t.Errorf("%s is %q", field.Name, v)
			}
		}
	}
}

// paged answers a list of five in pages of two, $next always missing. Each has what any search looks for.
func paged(step) func(http.ResponseWriter, call) {
	return func(w http.ResponseWriter, c call) {
		page := min(pageOf(c.url), 3)
		var items []string
		for i := (page - 1) * 2; i < min(page*2, 5); i++ {
			items = append(items, fmt.Sprintf(`{"id":"%d","reference":%q,"item_code":%q,"contact":{"id":"contact"},"stock_item":{"id":"stock"},"allocated_artefacts":[{"artefact":{"id":"note"}}]}`, i, reference, reference))
		}
		fmt.Fprintf(w, `{"$total":5,"$page":%d,"$next":null,"$items":[%s]}`, page, strings.Join(items, ","))
	}
}

func TestEveryListIsReadToItsTotal(t *testing.T) {
	lists := 0
	everyCall(t, paged, func(t *testing.T, s step, f *fake, got any, err error) {
		value := reflect.ValueOf(got)
		if strings.HasSuffix(s.method, "Changes") {
			if d := value.FieldByName("Deleted"); err != nil || d.Len() != 5 || !strings.HasSuffix(f.calls[3].url, "?attributes=all&deleted_since=2026-03-16T09%3A00%3A00Z&items_per_page=200") {
				t.Errorf("%v: %d that were deleted by %v, want all 5", err, d.Len(), f.urls())
			}
			value = value.FieldByName("Changed")
		}
		if !value.IsValid() || value.Kind() != reflect.Slice || strings.HasPrefix(s.method, "Permit.") {
			return
		}
		lists++
		if err != nil || value.Len() != 5 {
			t.Fatalf("%v: read %d of 5 by %v", err, value.Len(), f.urls())
		}
		first, _ := url.Parse(f.calls[0].url)
		third, _ := url.Parse(f.calls[2].url)
		query := first.Query()
		query.Set("page", "3")
		if third.Path != first.Path || third.Query().Encode() != query.Encode() {
			t.Errorf("the third page is asked for by %s, want the query of %s", f.calls[2].url, f.calls[0].url)
		}
	})
	if lists < 20 {
		t.Errorf("%d lists were read: the test does not see them", lists)
	}
}

// A write whose answer does not say what was made is in doubt, whatever was written.
func TestEveryWriteWantsAnIdInTheAnswer(t *testing.T) {
	answer := func(step) func(http.ResponseWriter, call) { return always(200, `{"displayed_as":"x"}`) }
	everyCall(t, answer, func(t *testing.T, s step, f *fake, _ any, err error) {
		if deletes := f.calls[0].method == http.MethodDelete && !bytes.Contains([]byte(f.calls[0].url), []byte("void_reason")); f.calls[0].method == http.MethodGet || deletes {
			if err != nil {
				t.Errorf("%v", err)
			}
			return
		}
		if Classify(err) != Ambiguous {
			t.Errorf("%v is %s, want a doubt", err, Classify(err))
		}
	})
}
