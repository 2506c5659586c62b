package plan

// DocumentReference is the reference at Sage of a document with this number, of its payment and
// of its refund.
func DocumentReference(prefix, incrementID string) string {
	return documentReference(prefix, incrementID)
}
