package sage

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage/resource"
)

// An Error is an answer that is no success: Sage's, or that of whatever stands between
// Sage and us. It gives the operator the call, the
// answer and what to do about it, on one line. It never holds Sage's message: a
// message repeats what we sent, and what we sent has names in it.
type Error struct {
	Op         string        // "create sales invoice"
	Status     int           // HTTP status
	FromSage   bool          // it is Sage's own error document; else the status says nothing of the call
	Code       string        // Sage's own code, such as "RecordInvalid"
	Source     string        // the field that Sage names, such as "line_items.tax_rate_id"
	RetryAfter time.Duration // 0 when Sage does not say
	Hint       string        // what a person should do; empty when waiting is enough
}

// Error returns "create sales invoice: 422 RecordInvalid at line_items.tax_rate_id: hint".
func (e *Error) Error() string {
	text := fmt.Sprintf("%s: %d %s", e.Op, e.Status, e.Code)
	if e.Source != "" {
		text += " at " + e.Source
	}
	if e.Hint != "" {
		text += ": " + e.Hint
	}
	return strings.TrimSpace(text)
}

// NotFound reports whether Sage says that there is no such resource.
func (e *Error) NotFound() bool { return e.FromSage && e.Status == http.StatusNotFound }

// errorOf reads an answer that is no success.
func errorOf(op string, res *http.Response, body []byte) *Error {
	e := &Error{Op: op, Status: res.StatusCode, RetryAfter: retryAfter(res.Header.Get("Retry-After"))}
	f := resource.ReadFault(body)
	e.Code, e.Source, e.FromSage = f.Code, f.Source, f.FromSage(res.StatusCode)
	if e.Code == "" {
		e.Code = http.StatusText(res.StatusCode)
	}
	e.Hint = hint(e, f.Message)
	return e
}

// NoSubscription is the code of an Error whose business has no subscription any
// more. Sage answers 401 for it, with the code that a refused token has too, but a
// new token does not help (developer.sage.com/accounting, frequently raised errors).
const NoSubscription = "NoActiveSubscription"

// hint says what a person should do about an answer. The message decides where
// Sage has one code for two causes; it is read and not kept.
func hint(e *Error, message string) string {
	switch {
	case !e.FromSage && e.Status >= 400 && e.Status < 500 && e.Status != http.StatusTooManyRequests:
		return "this is not Sage's own answer: a gateway or proxy gave it; the call is tried again, look at sage.api_url if it stays"
	case e.Status == http.StatusUnauthorized && strings.Contains(message, "subscription"):
		e.Code = NoSubscription
		return "the business has no active Sage subscription: renew it"
	case e.Status == http.StatusForbidden:
		return "the Sage user who connected may not do this, or the edition lacks it: give the user Full Access and connect again"
	case strings.Contains(e.Source, "currency"):
		return "Sage's business has no such currency: switch it on in Sage, or correct the document's currency in Magento"
	case e.Status == http.StatusNotFound:
		return "an id in the call is not in this business: compare the policy's ledger account, tax rate and bank account ids with Sage's"
	case strings.Contains(e.Source, "tax_rate"):
		return "Sage does not accept this tax rate here: correct tax_rate_map"
	case strings.Contains(e.Source, "ledger_account"):
		return "Sage does not accept this ledger account here: correct the policy"
	case strings.Contains(e.Source, "item_code"):
		return "another item in Sage has this item code: change or delete one of the two there"
	case strings.HasSuffix(e.Source, "date"):
		return "the date lies in a closed period or before the accounts begin: open the period in Sage, then import the binding again"
	case strings.Contains(message, "enough stock"):
		return "Sage has too little stock of an item that is sold here: correct the stock in Sage"
	case e.Status == http.StatusUnprocessableEntity && e.Source == "":
		return "Sage refuses the content and names no field: look at what it belongs to in Sage"
	case e.Status == http.StatusUnprocessableEntity:
		return "Sage refuses the content: look at the field it names"
	}
	return ""
}

// retryAfter reads the header of that name, seconds or a date (RFC 9110 §10.2.3).
func retryAfter(s string) time.Duration {
	if n, err := strconv.Atoi(s); err == nil && n >= 0 {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(s); err == nil {
		return max(0, time.Until(t))
	}
	return 0
}
