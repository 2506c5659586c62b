// Package sink brings Sage to the state that the canonical entities describe:
// every document once, equal to the penny, never from an older version.
//
// Three loops share two tables, entities and operations:
//
//	Kafka → Intake → entities → Plan → operations → Deliver → Sage
//	                    ↑                               │
//	                    └────── wakes what waited ──────┘
//
// Intake keeps the newest version of each entity and then commits the offset.
// Plan compares an entity with what stands in Sage and says what is lacking: an
// operation, something to wait for, or the reason why nothing is to be done.
// Deliver makes the due call, one at a time per Sage business, and settles it.
//
// Once is made of three things. The operation is committed as sending before its
// call leaves. A call without an answer goes again, after a while, as the same
// body under the same idempotency id. And what stands in Sage is written under
// keys that are unique both ways.
//
// The package does not look anything up in Sage's lists: it relies on Sage's
// memory of idempotency ids, seven days, and parks what was in doubt for longer.
package sink
