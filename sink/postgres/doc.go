// Package postgres keeps what the sink must never forget: the newest version of every
// entity, what was asked of Sage, and what exists there.
//
//	entities    newest version of each entity           bookmarks   how far intake has read
//	sync_items  what became of each entity, per binding  bindings    which shop goes to which business
//	operations  one row per call, committed before it    xrefs       objects in Sage, unique both ways
//	audit       append only                              oauth_tokens, oauth_refreshes, business_leases
//	duplicates  what stands in Sage twice                duplicate_searches: how far Sage's lists were searched for them
//	holds       deliveries that a person has stopped     call_rates  how fast calls may leave
//	erased      whose data may not come back             planning_turn: locked by who plans, without a row
//
// What belongs together is one transaction. Postgres ends one of two transactions that wait for
// each other; that one is repeated.
//
// The package decides nothing and knows nothing of Sage: verdicts and results of calls
// come as data, and bodies of calls pass through it unread. What it promises is that
// they are written together or not at all, that a row is not changed by an answer that
// comes too late, and that whatever waits for a change is woken by it.
package postgres
