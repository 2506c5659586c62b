// Package resource holds Sage's resources as they are on the wire: what is sent
// and what is read of an answer, a file per resource. It knows types and their
// JSON and nothing of HTTP, so that a plan can be made without a network.
//
//	NewInvoice, NewContact, …   what is sent; Body puts it under its singular name
//	Document, Contact, …        what is read of the answer
//
// Amounts are sent as texts and read from texts, numbers and null. Texts are made to fit
// where they are sent, by the tags of their fields; see fit.
//
// Names, limits and meanings are those of the reference of Sage's API v3.1; every
// field that is sent is one that it names.
package resource
