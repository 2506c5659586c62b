package contract

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// A Business is the one that is asked: where it is, who asks, and what postings need.
type Business struct {
	API    string // with the version
	ID     string
	Access *Access

	Risk     bool // ask what may end the consent or be throttled, too
	Name     string
	Base     string // currency of its books
	Foreign  string // another one; "" where the business has one currency
	Ledger   string // a ledger account for sales
	Purchase string // one for purchases
	Bank     string // a bank account in the base currency
	Tax      string // a tax rate above 0
	Percent  string // its percentage
	Free     string // a tax rate of 0

	counter int
	made    []string // paths of what was made, to be taken back
}

// A reply is what was answered.
type reply struct {
	status int
	header http.Header
	text   string
	object map[string]any // when the body is one
}

// A fields is one JSON object of a request.
type fields map[string]any

// call makes one call; body is nil or an object with its root.
func (b *Business) call(method, path string, body any) (reply, error) {
	token, err := b.Access.Token()
	if err != nil {
		return reply{}, err
	}
	var text io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return reply{}, err
		}
		text = bytes.NewReader(encoded)
	}
	req, err := http.NewRequest(method, b.API+path, text)
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if b.ID != "" {
		req.Header.Set("X-Business", b.ID)
	}
	return answer(b.Access.HTTP, req)
}

func answer(client *http.Client, req *http.Request) (reply, error) {
	res, err := client.Do(req)
	if err != nil {
		return reply{}, fmt.Errorf("%s %s: no answer", req.Method, req.URL.Path)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, 16<<20))
	if err != nil {
		return reply{}, fmt.Errorf("%s %s: %w", req.Method, req.URL.Path, err)
	}
	r := reply{status: res.StatusCode, header: res.Header, text: string(text)}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	_ = decoder.Decode(&r.object) // an array or a page is no object
	return r, nil
}

// must makes a call that a question rests on; any other status is an error.
func (b *Business) must(status int, method, path string, body any) (reply, error) {
	r, err := b.call(method, path, body)
	if err == nil && r.status != status {
		err = fmt.Errorf("%s %s was answered %s", method, strings.SplitN(path, "?", 2)[0], r.said())
	}
	return r, err
}

// post makes something under its root, with an idempotency id of its own unless it has one,
// and notes it to be taken back.
func (b *Business) post(path, root string, inner fields) (reply, error) {
	if inner["idempotency_id"] == nil {
		inner["idempotency_id"] = newKey()
	}
	r, err := b.call(http.MethodPost, path, fields{root: inner})
	if err == nil && r.status == http.StatusCreated {
		b.made = append(b.made, path+"/"+r.str("id"))
	}
	return r, err
}

// TakeBack voids or deletes what is at these paths, the last first; what Sage keeps, it keeps.
func (b *Business) TakeBack(paths ...string) {
	for i := len(paths) - 1; i >= 0; i-- {
		var body any
		path := paths[i]
		if strings.HasPrefix(path, "/sales_invoices/") || strings.HasPrefix(path, "/sales_credit_notes/") {
			path, body = path+"?void_reason=contract", fields{"void_reason": "contract"}
		}
		_, _ = b.call(http.MethodDelete, path, body)
	}
}

// Reference is one that nothing else has, of at most 9 characters.
func (b *Business) Reference() string {
	b.counter++
	return "T" + strconv.FormatInt(time.Now().Unix(), 36) + strconv.FormatInt(int64(b.counter), 36)
}

func newKey() string {
	key := make([]byte, 16)
	rand.Read(key) // never fails
	return hex.EncodeToString(key)
}

// day is a date, so many days from today.
func day(offset int) string { return time.Now().UTC().AddDate(0, 0, offset).Format(time.DateOnly) }

// get walks into an object: "status.id", "invoice_lines.0.tax_amount".
func (r reply) get(path string) any {
	var at any = r.object
	for name := range strings.SplitSeq(path, ".") {
		switch v := at.(type) {
		case map[string]any:
			at = v[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(v) {
				return nil
			}
			at = v[i]
		default:
			return nil
		}
	}
	return at
}

// str is a text or a number as a text.
func (r reply) str(path string) string {
	switch v := r.get(path).(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// said is a refusal in few words: status, code, message and field of its first entry.
func (r reply) said() string {
	code, message, source := r.fault()
	if code == "" {
		return strconv.Itoa(r.status)
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s %q at %q", r.status, code, message, source))
}

// fault is the first entry of an error body.
func (r reply) fault() (code, message, source string) {
	type entry struct {
		Code    string `json:"$dataCode"`
		Message string `json:"$message"`
		Source  string `json:"$source"`
	}
	var all []entry
	if json.Unmarshal([]byte(r.text), &all) != nil || len(all) == 0 {
		var one entry
		_ = json.Unmarshal([]byte(r.text), &one) // a page of a gateway has none
		all = []entry{one}
	}
	return all[0].Code, all[0].Message, all[0].Source
}
