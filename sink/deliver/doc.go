// Package deliver makes the calls to Sage that plans have asked for, for each business
// one at a time.
//
//	lease → recover → next → permit → claim → call → record
//
// The order is the guarantee. A permit says that the call may leave now; the claim
// commits that it is about to leave; the call is made; what came of it is committed.
// Between claim and record nothing may interrupt. So whenever a process dies, it is
// known which call may have reached Sage, and that call is made again as the same body
// under the same idempotency id, which Sage answers with what it made the first time.
//
// calls.go is the table of operations: which call each kind is, and how its answer is
// read. What a confirmation does to our books is in the table of package work. The
// package keeps nothing itself: its Store does.
package deliver
