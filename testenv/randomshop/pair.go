package randomshop

import "github.com/mage2sage/mage2sage/schemas/money"

// A pair is one amount in the base currency and in the order's currency, as Magento keeps
// them: the second is not computed from the first.
type pair [2]money.Amount

const (
	inBase  = 0
	inOrder = 1
)

var (
	zero    money.Amount
	hundred = money.FromInt(100)
)

// both makes a pair of what a function says of each currency.
func both(of func(currency int) money.Amount) (p pair) { return pair{of(inBase), of(inOrder)} }

func (p pair) add(q pair) pair { return pair{p[0].Add(q[0]), p[1].Add(q[1])} }

func (p pair) sub(q pair) pair { return pair{p[0].Sub(q[0]), p[1].Sub(q[1])} }

func (p pair) neg() pair { return pair{p[0].Neg(), p[1].Neg()} }

func (p pair) isZero() bool { return p[0].IsZero() && p[1].IsZero() }

func sum(all ...pair) (total pair) {
	for _, p := range all {
		total = total.add(p)
	}
	return total
}

// least is the smaller of two amounts in each currency.
func least(p, q pair) pair {
	return both(func(c int) money.Amount {
		if p[c].Cmp(q[c]) < 0 {
			return p[c]
		}
		return q[c]
	})
}

// A part is what some units of an item come to.
type part struct{ row, tax, discount, compensation, levy, levyTax pair }

func (p part) with(op func(a, b pair) pair, q part) part {
	return part{
		op(p.row, q.row), op(p.tax, q.tax), op(p.discount, q.discount), op(p.compensation, q.compensation), op(p.levy, q.levy), op(p.levyTax, q.levyTax),
	}
}

// take takes some of the available units of what is left of a whole: the last units take all
// of it, others their share, rounded to so many places.
func (p part) take(done *part, qty, available money.Amount, places int) part {
	left := p.with(pair.sub, *done)
	if !qty.Equal(available) {
		share := func(a, _ pair) pair {
			return both(func(c int) money.Amount { return a[c].Mul(qty).Quo(available, places) })
		}
		left = left.with(share, part{})
	}
	*done = done.with(pair.add, left)
	return left
}

// total is what a part adds to the grand total.
func (p part) total() pair {
	return sum(p.row, p.tax, p.compensation, p.levy, p.levyTax).sub(p.discount)
}
