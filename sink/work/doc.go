// Package work is the sink's vocabulary: what its rooms say to one another.
//
//	SyncItem   an entity in a binding, and what became of it
//	Verdict    what a plan says is to be done about a sync item
//	Operation  one call to Sage: planned, sent, confirmed
//	CallResult what came of a call
//	Xref       an object that exists in Sage, and what it is to us
//	Binding    which shop goes into which business
//	Reason     why an item is not in Sage
//	CallRate   how fast calls may leave, and how many have
//
// The package holds types, the table of the kinds of operations and the list of all
// reasons. It has no I/O and imports no other room, so that planning, delivering and
// keeping can each be read, and tested, without the others.
package work
