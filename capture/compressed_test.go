package capture

import (
	"testing"

	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// COMPRESSED columns are logged under types of their own, and as they are stored. One that is
// not captured stands before the others, so that its bytes move all that follow if they are
// counted wrongly.
func TestACompressedColumnReadsTheSameFromTheLogAndFromASelect(t *testing.T) {
	servers.MariaDBOnlyForTest(t, "compressed columns")
	for _, metadata := range []string{"FULL", "NO_LOG", "MINIMAL"} {
		t.Run(metadata, func(t *testing.T) {
			s := newShop(t, "")
			s.metadata(metadata)
			s.exec(`ALTER TABLE sales_order_item ADD nobody varchar(300) COMPRESSED DEFAULT 'never' FIRST, ADD logged_as_one mediumblob COMPRESSED FIRST,
				MODIFY name varchar(255) COMPRESSED CHARACTER SET latin1, MODIFY sku varchar(254) COMPRESSED CHARACTER SET latin1, MODIFY product_type text COMPRESSED CHARACTER SET utf8mb4`)
			topics, names := newTopics(t)
			r := start(t, s.config, topics, names)
			r.snapshotDone()
			epoch := r.state().Checkpoint.Epoch
			for _, wrap := range []string{"0", "1"} {
				for _, value := range []string{"NULL", "''", "'a'", "'ab'", "'ü'", "REPEAT('ü', 99)", "REPEAT('aä', 127)", "CONCAT(REPEAT('a', 200), 'é')"} {
					set := "SET STATEMENT column_compression_zlib_wrap=" + wrap + ", column_compression_threshold=0 FOR "
					s.exec(set + "INSERT INTO sales_order_item (order_id, nobody, logged_as_one, name, sku, product_type, qty_ordered) VALUES " +
						"(7, " + value + ", " + value + ", " + value + ", " + value + ", " + value + ", 1.5)")
				}
				s.exec("SET STATEMENT column_compression_zlib_wrap=" + wrap + " FOR UPDATE sales_order_item SET product_type=REPEAT('long ', 30000), sku=NULL WHERE name='a'")
			}
			r.caughtUp(s)
			if rows := r.sameAsShop(s); rows != 16 {
				t.Errorf("%d rows, want 16", rows)
			}
			if r.state().Checkpoint.Epoch != epoch {
				t.Error("a new epoch began, so that the rows may be those of a snapshot")
			}
			s.exec("TRUNCATE store")
			until(t, "a new epoch began", func() bool { r.alive(); return r.state().Checkpoint.Epoch > epoch })
			r.snapshotDone()
			r.caughtUp(s)
			r.sameAsShop(s)
		})
	}
}
