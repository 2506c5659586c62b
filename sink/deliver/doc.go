// Package deliver makes the calls to Sage that plans have asked for, for each business
// one at a time.
//
//	lease → recover → next → (in doubt: look up) → permit → claim → call → record
//
// The order is the guarantee. A permit says that the call may leave now; the claim
// commits that it is about to leave; the call is made; what came of it is committed.
// Between claim and record nothing may interrupt. So whenever a process dies, it is
// known which call may have reached Sage. Such a call is in doubt, and nothing but a
// look-up ends that: after the settle window and the lag of Sage's lists it is found by its
// reference, compared with what was sent, and adopted or parked for a person; or it is not
// found, and the same body goes again under the same idempotency id. A refusal of the
// repetition does not end the doubt: it stands once a look-up finds nothing.
//
// After a restore, or where another connector was at work before, match.go compares
// operations that never left with Sage's lists instead, by the same comparisons.
//
// calls.go is the table of operations: which call each kind is, and how its answer is
// read. What a confirmation does to our books is in the table of package work. The
// package keeps nothing itself: its Store does.
package deliver
