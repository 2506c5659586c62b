// Package sage is a client of Sage Business Cloud Accounting's API v3.1, one file
// per resource.
//
//	Network   what all calls of a process share: connections, breakers, and its lanes
//	lane      the process's places in time at one limit of Sage's, an app's or a business's
//	Client    one binding: its business, its tokens
//	Permit    allows one call; taken before the call is written down
//	Classify  says what an answer, or the lack of one, means for the caller
//
// A write is made in two steps, so that the caller can commit its intention in
// between:
//
//	permit, err := client.Admit(ctx, sage.Documents)   // token, rate, breakers
//	…commit that the call is about to be made…
//	invoice, err := permit.CreateInvoice(ctx, body)
//
// Nothing is retried here but a call that was answered 401: Sage has not executed
// it, and it is made once more with a new token. Whether any other call is made
// again is for the caller to decide, by its Outcome.
//
// What holds of every call is tested over all of them at once: a new method has a row in
// walk_rows_test.go, and is held to the same manners, with a fake and on the simulator.
//
// Below are auth, which gets and keeps the tokens, and resource, the types of what
// is sent and answered. The package does not know what a call is made for. Where a
// constant is a fact of Sage's, its comment names the page that documents it.
package sage
