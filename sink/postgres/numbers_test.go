package postgres_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mage2sage/mage2sage/schemas/canonical"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/sink/postgres"
)

func TestNumbersOfSeveralStoresAreFound(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	number := func(source string, id canonical.ID, store int, number, created string, deleted bool) postgres.Entity {
		body, err := json.Marshal(map[string]string{"increment_id": number, "created_at": created})
		if err != nil {
			t.Fatal(err)
		}
		e := postgres.Entity{Source: source, ID: id, OrderID: id.Number(), Version: change.Version{Epoch: 1, Sequence: id.Number()}, Deleted: deleted, Body: body}
		if store != 0 {
			website := store + 10
			e.StoreID, e.WebsiteID = &store, &website
		}
		return e
	}
	const before, after = "2025-12-31T23:59:59Z", "2026-01-01T00:00:00Z"
	for _, e := range []postgres.Entity{
		number("shop", "invoice:1", 1, "dupA", after, false), number("shop", "invoice:2", 2, " DUPa ", after, false),
		number("shop", "invoice:3", 1, "own", after, false), number("shop", "invoice:4", 2, "other", after, false),
		number("shop", "invoice:5", 1, "old", before, false), number("shop", "invoice:6", 2, "old", after, false),
		number("shop", "invoice:7", 1, "gone", after, true), number("shop", "invoice:8", 2, "gone", after, false),
		number("shop", "invoice:9", 1, "kinds", after, false), number("shop", "creditmemo:10", 2, "kinds", after, false),
		number("shop", "invoice:11", 1, "", after, false), number("shop", "invoice:12", 2, " ", after, false),
		number("shop", "invoice:13", 1, "storeless", after, false), number("shop", "invoice:14", 0, "storeless", after, false),
		number("shop", "invoice:15", 1, "sources", after, false), number("other", "invoice:16", 2, "sources", after, false),
		number("shop", "invoice:17", 1, "again", after, false), number("shop", "invoice:18", 1, "again", after, false),
	} {
		if _, err := s.Put(t.Context(), []postgres.Entity{e}, place); err != nil {
			t.Fatal(err)
		}
	}
	found, err := s.NumbersOfSeveralStores(t.Context(), "shop", time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range found {
		got = append(got, fmt.Sprint(d.Kind, " ", d.Number, " ", d.StoreID, " ", *d.WebsiteID, " ", d.CreatedAt))
	}
	if text := strings.Join(got, ", "); text != "invoice DUPA 1 11 "+after+", invoice DUPA 2 12 "+after {
		t.Errorf("found %s", text)
	}
}
