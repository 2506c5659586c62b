// Package view holds what people are shown: the one set of read models behind the
// commands, and later the JSON API and the web UI, so that all of them say the same.
//
//	Pipeline   how far capture, transform and sink have come, from the topics
//	Books      documents by state and reason, per binding, from Postgres
//	Item       one document: state, reason, hint, both totals and their difference
//	Binding    which shop goes to which business, and what to do about it
//
// It only reads. It knows neither how a command prints nor what a stage does.
package view
