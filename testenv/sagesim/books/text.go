package books

import "regexp"

// taxNumber is a loose form of VAT numbers: a shop's "n/a" does not pass.
var taxNumber = regexp.MustCompile(`^[A-Za-z]{0,3}[ .-]?[0-9A-Za-z][0-9A-Za-z .-]*[0-9][0-9A-Za-z .-]*$`)

// entity is an HTML entity; Sage refuses descriptions with one.
var entity = regexp.MustCompile(`&(#[0-9]+|#x[0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);`)
