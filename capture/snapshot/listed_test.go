package snapshot

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/mage2sage/mage2sage/capture/position"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/capture/source"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

func TestAListIsJoinedBeforeTheParent(t *testing.T) {
	r := Range{Table: "t", Columns: []string{"a"}, PK: []string{"a"}, Limit: 5, Listed: &Listed{"list", "k", "b"},
		Parent: &Parent{"parent", "id", "p", "root"}, Some: &Some{Column: "b", Values: []string{"7", "9"}}}
	query, args := r.query()
	want := "SELECT c.`a`, p.`root` FROM t AS c JOIN list AS l ON l.`k` = c.`b` LEFT JOIN parent AS p ON p.`id` = c.`p` WHERE c.`b` IN (?,?) ORDER BY c.`a` LIMIT 5"
	if query != want || fmt.Sprint(args) != "[7 9]" {
		t.Errorf("query\n%s with %v\nwant\n%s", query, args, want)
	}
}

// withCarts is a shop with the carts 1 to n, each with one line, of which the odd ones are
// negotiated.
func withCarts(t *testing.T, n int) (*source.Database, func(string)) {
	t.Helper()
	shop, db, name := database(t)
	exec(t, db, "CREATE TABLE "+name+".negotiable_quote (quote_id int unsigned PRIMARY KEY)")
	exec(t, db, "CREATE TABLE "+name+".quote_item (item_id int unsigned PRIMARY KEY, quote_id int unsigned)")
	var lines, carts []string
	for id := 1; id <= n; id++ {
		lines = append(lines, fmt.Sprintf("(%d, %d)", 1000+id, id))
		if id%2 == 1 {
			carts = append(carts, fmt.Sprintf("(%d)", id))
		}
	}
	exec(t, db, "INSERT INTO "+name+".quote_item VALUES "+strings.Join(lines, ","))
	exec(t, db, "INSERT INTO "+name+".negotiable_quote VALUES "+strings.Join(carts, ","))
	return shop, func(statement string) { exec(t, db, strings.ReplaceAll(statement, "{shop}", name)) }
}

func TestARowThatNoListHasIsNeitherPresentNorRead(t *testing.T) {
	shop, _ := withCarts(t, 3)
	items, _ := magento.ByName("quote_item")
	layout, err := row.NewLayout(items, map[string]row.Kind{"item_id": row.Integer, "quote_id": row.Integer})
	if err != nil {
		t.Fatal(err)
	}
	keys := []Key{{uint64(1001)}, {uint64(1002)}, {uint64(1003)}, {uint64(1004)}}
	present, err := Present(t.Context(), shop, items, keys, position.From{})
	if err != nil || len(present) != 2 || !present["1001"].Row || !present["1003"].Row {
		t.Errorf("present are %v, %v; want the lines of carts 1 and 3", present, err)
	}
	rows, _, err := Rows(t.Context(), shop, layout, keys, position.From{})
	if err != nil || len(rows) != 2 || string(rows["1003"].JSON) != `{"item_id":1003,"quote_id":3}` {
		t.Errorf("read are %v, %v; want the lines of carts 1 and 3", rows, err)
	}
}

func TestAllNegotiatedCartsAreListedHoweverManyThereAre(t *testing.T) {
	const carts = 4*presentRows + 3
	shop, _ := withCarts(t, carts)
	low, err := shop.EndOfLog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ids, at, err := Negotiated(t.Context(), shop, low)
	if err != nil || len(ids) != (carts+1)/2 || !slices.IsSorted(ids) || ids[0] != 1 || ids[len(ids)-1] != carts || !at.Reached(low.At) {
		t.Errorf("%d are listed at %s, %v; want each other one of %d", len(ids), at, err, carts)
	}
}

// A cart that the log has and the table does not show yet is waited for, where no view proves it.
func TestWithoutProofTheListIsReadWithALock(t *testing.T) {
	shop, _ := withCarts(t, 3)
	_, _, u := aSourceWithoutProof(t)
	u.ordersAlone = ordersAlone{shop}
	conn, err := shop.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, statement := range []string{"START TRANSACTION", "INSERT INTO " + shop.Qualified("negotiable_quote") + " VALUES (2)"} {
		if _, err := conn.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	committing := &refusing{unproved: u, commit: func() {
		if _, err := conn.ExecContext(context.Background(), "COMMIT"); err != nil {
			t.Error(err)
		}
	}}
	if ids, _, err := Negotiated(t.Context(), committing, position.From{}); err != nil || fmt.Sprint(ids) != "[1 2 3]" {
		t.Errorf("listed are %v, %v; want cart 2 too", ids, err)
	}
}
