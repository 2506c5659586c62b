package binlog

import (
	"encoding/binary"
	"slices"

	"github.com/go-mysql-org/go-mysql/mysql"
	"github.com/go-mysql-org/go-mysql/replication"

	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A system-versioned table keeps what its rows were. An UPDATE is logged as the update of
// the present row and the insert of the past one, a DELETE as an update that ends the row,
// DELETE HISTORY as deletes. Only the present is captured, which is also all that a SELECT
// gives; what tells it is the end of the row's period.

// findPeriod finds the end of the period by a table map that names its columns: the server
// puts it behind the columns of the primary key.
func (k *known) findPeriod(e *replication.TableMapEvent, t magento.Table) {
	if len(e.PrimaryKey) != len(t.PK)+1 {
		return
	}
	last := e.PrimaryKey[len(t.PK)]
	if last < uint64(len(k.columns)) && !slices.Contains(t.Columns, k.names[last]) {
		k.columns[last].rowEnd = k.columns[last].isInstant()
	}
}

// isInstant reports whether the column is a timestamp(6), as each end of a period is.
func (c *stored) isInstant() bool { return c.kind == mysql.MYSQL_TYPE_TIMESTAMP2 && c.meta == 6 }

// isPast reports whether a period that ends so is over. That of a present row ends at the
// last moment that a timestamp holds: in 2038, and on a server of 64 bits from 11.5 on in
// 2106, unless the row has not been written since it was of an older release.
func isPast(end []byte) bool {
	const wide, lastMicrosecond = 7, 999_999
	if len(end) != wide || end[4] != lastMicrosecond>>16 || binary.BigEndian.Uint16(end[5:]) != lastMicrosecond&0xffff {
		return true
	}
	seconds := binary.BigEndian.Uint32(end)
	return seconds != 1<<31-1 && seconds != 1<<32-1
}
