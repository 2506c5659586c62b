// Package resource holds Sage's resources as they are on the wire: what is sent
// and what is read of an answer, a file per resource. It knows types and their
// JSON and nothing of HTTP, so that a plan can be made without a network.
//
//	NewInvoice, NewContact, …   what is sent; Body puts it under its singular name
//	Document, Contact, …        what is read of the answer
//
// Names, limits and meanings are those of the reference of Sage's API v3.1; every
// field that is sent is one that it names.
package resource
