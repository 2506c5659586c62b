package row

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"github.com/mage2sage/mage2sage/schemas/magento"
)

func layoutOf(t *testing.T, table string, shop map[string]Kind) (*Layout, error) {
	t.Helper()
	described, ok := magento.ByName(table)
	if !ok {
		t.Fatalf("no table %s", table)
	}
	return NewLayout(described, shop)
}

func TestALayoutHasOnlyAllowedColumnsThatTheShopHas(t *testing.T) {
	l, err := layoutOf(t, "sales_order_item", map[string]Kind{
		"order_id": Integer, "item_id": Integer, "sku": Text, "product_options": Unreadable, "cc_number": Text, "qty_ordered": Decimal,
	})
	if err != nil {
		t.Fatal(err)
	}
	buf, img := l.AppendSelected([]byte("before"), [][]byte{[]byte("7"), []byte("12"), []byte("a\"b"), nil})
	if want := `{"item_id":7,"order_id":12,"sku":"a\"b","qty_ordered":null}`; string(img.JSON) != want {
		t.Errorf("image %s, want %s", img.JSON, want)
	}
	if want := `{"table":"sales_order_item","pk":{"item_id":7}}`; string(img.Key) != want {
		t.Errorf("key %s, want %s", img.Key, want)
	}
	if string(img.PK) != "7" || string(img.Root) != "12" || img.FilterValue != nil || string(buf[:6]) != "before" {
		t.Errorf("pk %s, root %s, watched %s", img.PK, img.Root, img.FilterValue)
	}
}

func TestALayoutRefusesATableWithoutKeyRootOrReadableTypes(t *testing.T) {
	var missing *MissingColumnError
	if _, err := layoutOf(t, "sales_order_item", map[string]Kind{"order_id": Integer}); !errors.As(err, &missing) {
		t.Errorf("without a primary key: %v", err)
	}
	if _, err := layoutOf(t, "sales_order_item", map[string]Kind{"item_id": Integer}); !errors.As(err, &missing) {
		t.Errorf("without a root: %v", err)
	}
	var unreadable *UnreadableColumnError
	if _, err := layoutOf(t, "sales_order_item", map[string]Kind{"item_id": Integer, "order_id": Integer, "name": KindOf("uuid")}); !errors.As(err, &unreadable) {
		t.Errorf("with a UUID: %v", err)
	}
}

func TestEveryTablesKeyHasItsColumnsInTheirOrder(t *testing.T) {
	for _, table := range magento.Tables {
		shop := map[string]Kind{}
		for _, c := range table.Columns {
			shop[c] = Integer
		}
		l, err := NewLayout(table, shop)
		if err != nil {
			t.Fatal(err)
		}
		_, img := l.Append(nil, func(dst []byte, column int) []byte { return strconv.AppendInt(dst, int64(column), 10) })
		want := `{"table":"` + table.Name + `","pk":{`
		for i, name := range table.PK {
			if i > 0 {
				want += ","
			}
			want += `"` + name + `":` + strconv.Itoa(slices.Index(table.Columns, name))
		}
		if string(img.Key) != want+"}}" {
			t.Errorf("the key is %s, want %s}}", img.Key, want)
		}
		if got, want := string(img.Root), table.Root.Column; want != "" && got != strconv.Itoa(slices.Index(table.Columns, want)) {
			t.Errorf("%s: the root is column %s, want %s", table.Name, got, want)
		}
	}
}

func TestADigestTellsEveryPartOfADefinition(t *testing.T) {
	c := Definition{"a", "int", false, "utf8mb3", nil, false}
	for _, other := range [][]Definition{nil, {c, c}, {{"b", "int", false, "utf8mb3", nil, false}}, {{"a", "bigint", false, "utf8mb3", nil, false}},
		{{"a", "int", true, "utf8mb3", nil, false}}, {{"a", "int", false, "utf8mb4", nil, false}}, {{"a", "int", false, "utf8mb3", nil, true}},
		{{"a", "int", false, "utf8mb3", []string{"x"}, false}}} {
		if Digest(other) == Digest([]Definition{c}) {
			t.Errorf("%+v is not told from %+v", other, c)
		}
	}
}
