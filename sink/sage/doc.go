// Package sage is a client of Sage Business Cloud Accounting's API v3.1, one file
// per resource.
//
//	Network   what all calls of a process share: sockets, breakers, the call rate
//	Client    one binding: its business, its tokens
//	Permit    leave to make one call; taken before the call is written down
//	Classify  what an answer means for whoever has to act on it
//
// A call is made in two steps, so that the caller can commit its intention in
// between:
//
//	permit, err := client.Admit(ctx, sage.Documents)   // breakers, rate, token
//	…commit that the call is about to leave…
//	invoice, err := permit.CreateInvoice(ctx, body)
//
// Nothing is retried here but a call that was answered 401: it was not executed,
// and is made once more with a new token. Sage's facts and their sources stand
// beside the types; every field that is sent is one that Sage's reference names.
package sage
