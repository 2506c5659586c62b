package books

import "regexp"

// taxNumber is a loose form of VAT numbers: letters, digits and separators with
// at least one digit. A shop's "n/a" and "none" do not pass.
var taxNumber = regexp.MustCompile(`^[0-9A-Za-z .-]*[0-9][0-9A-Za-z .-]*$`)

// entity is an HTML entity; Sage refuses descriptions with one.
var entity = regexp.MustCompile(`&(#[0-9]+|#x[0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);`)
