// Package sink brings Sage to the state that the canonical entities describe: every
// document once, equal to the penny, never from an older version.
//
// Three loops share three tables. Entities hold what the shop says, sync items what has
// become of it, operations what is asked of Sage:
//
//	Kafka → intake → entities, sync items → plan → operations → deliver → Sage
//	                           ↑                                  │
//	                           └──── due again, with a result ────┘
//
// Intake keeps the newest version of each entity, makes its sync item due, and then
// commits the offset. Plan compares an entity that is due with what is in Sage and says
// what is lacking: an operation, something to wait for, or the reason why nothing is to
// be done. Deliver makes the due calls, one at a time per Sage business, and records
// what came of them, which makes sync items due again.
//
// Once is made of three things. The operation is committed as sending before its call
// leaves. A call without an answer goes again, after a while, as the same body under the
// same idempotency id. And the objects in Sage are written down under keys that are
// unique both ways.
//
//	work      the vocabulary: operations, sync items, verdicts, reasons
//	policy    the knobs of a binding
//	plan      what is to be done about an entity; pure
//	deliver   the calls, in the order that makes them safe
//	binding   import, export, connect, tokens
//	postgres  the tables
//	sage      the client of Sage's API
//
// What is in doubt is looked up at Sage by its reference. Sage's lists are read whole after a
// restore of the database, which closes delivery until then, and where a person takes over
// another connector's books: a Rebuild adopts what stands there.
package sink
