package resource

// Business is one set of books that a user may see.
type Business struct {
	ID          string `json:"id"`
	DisplayedAs string `json:"displayed_as"`
}

// User is who gave consent.
type User struct {
	ID          string `json:"id"`
	DisplayedAs string `json:"displayed_as"`
}
