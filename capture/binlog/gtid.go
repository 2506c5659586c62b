package binlog

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A GTIDSet is MariaDB's position: the last transaction of each replication
// domain, by domain.
type GTIDSet map[uint32]string

// ParseGTIDSet reads "0-1-77,3-1-5"; empty text is the empty set.
func ParseGTIDSet(text string) (GTIDSet, error) {
	set := GTIDSet{}
	for gtid := range strings.SplitSeq(text, ",") {
		if gtid = strings.TrimSpace(gtid); gtid == "" {
			continue
		}
		if err := set.Add(gtid); err != nil {
			return nil, err
		}
	}
	return set, nil
}

// Add replaces the transaction of gtid's domain.
func (s GTIDSet) Add(gtid string) error {
	domain, _, ok := strings.Cut(gtid, "-")
	n, err := strconv.ParseUint(domain, 10, 32)
	if !ok || err != nil {
		return fmt.Errorf("gtid %q: want domain-server-sequence", gtid)
	}
	s[uint32(n)] = gtid
	return nil
}

// String joins the transactions by domain: "0-1-77,3-1-5".
func (s GTIDSet) String() string {
	domains := make([]uint32, 0, len(s))
	for d := range s {
		domains = append(domains, d)
	}
	slices.Sort(domains)
	all := make([]string, len(domains))
	for i, d := range domains {
		all[i] = s[d]
	}
	return strings.Join(all, ",")
}
