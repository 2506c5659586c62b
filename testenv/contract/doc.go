// Package contract asks a business what Sage's documentation does not say, and compares
// what it finds with what the simulator assumes.
//
//	questions ──calls──► a trial business, or the simulator ──► findings ──► report
//
// A question is in plain words, has the answers that are foreseen, and for each the switch
// that makes the simulator do so. The same questions are put to the simulator in every
// test run, once for each answer, so that what a real business would be reported to do is
// known to be what it does. On a real business everything is posted under references of
// its own, and taken back as far as Sage allows.
//
// The package knows neither the product's client nor its types: what Sage does is seen by
// bare HTTP.
package contract
