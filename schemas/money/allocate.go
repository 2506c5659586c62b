package money

import "slices"

// Allocate rounds shares to places so that they add up to total exactly: each is
// rounded down, then the missing units go to the largest remainders first, and among
// equal ones to the earlier share. When total is the rounded
// sum of shares, no share moves by a whole unit.
//
// total must have at most that many places, else the last digits are lost.
func Allocate(total Amount, shares []Amount, places int) []Amount {
	if len(shares) == 0 {
		return nil
	}
	out := make([]Amount, len(shares))
	order := make([]int, len(shares))
	for i, s := range shares {
		out[i], order[i] = s.Floor(places), i
	}
	missing := units(total.Sub(Sum(out...)), places)
	remainder := func(i int) Amount { return shares[i].Sub(out[i]) }
	slices.SortStableFunc(order, func(i, j int) int { return remainder(j).Cmp(remainder(i)) })
	spread(out, order, missing, places)
	return out
}

// units returns how many smallest steps a is.
func units(a Amount, places int) int64 {
	whole := a.Mul(FromInt(pow10(places))).Round(0)
	n, err := whole.d.Int64()
	if err != nil {
		panic("money: allocate out of range")
	}
	return n
}

// spread adds missing units round robin in that order. A negative number is taken
// away again, beginning with the smallest remainder.
func spread(out []Amount, order []int, missing int64, places int) {
	step, n := unit(places), int64(len(order))
	for i := int64(0); i < missing; i++ {
		k := order[i%n]
		out[k] = out[k].Add(step)
	}
	for i := int64(0); i > missing; i-- {
		k := order[(n-1)-((-i)%n)]
		out[k] = out[k].Sub(step)
	}
}

func pow10(n int) int64 {
	p := int64(1)
	for range n {
		p *= 10
	}
	return p
}
