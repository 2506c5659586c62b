// Package lines turns a document's money into the lines that Sage is sent.
//
//	canonical.Document → components → target → Sage's lines
//
// A component is anything that carries money: a line, shipping, a fee, a discount. The
// target is what the document has to come to. Compose rounds the components so that
// they add up to the target exactly, finds their tax rates, takes discounts off the
// lines that they belong to, and predicts by Sage's own arithmetic what Sage will make
// of the result. Lines that would not come to the target to the penny are never sent.
//
// The package is pure: it knows money, a policy's accounts and rates, and the form of
// a line in Sage; it knows neither contacts nor operations.
package lines
