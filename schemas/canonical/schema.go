package canonical

import "embed"

//go:embed *.schema.json
var schemas embed.FS

// Schema is the JSON Schema (2020-12) of a kind of entity, nil for a kind that
// there is not. Schemas are evolved by adding only.
func Schema(k Kind) []byte {
	b, err := schemas.ReadFile(string(k) + ".schema.json")
	if err != nil {
		return nil
	}
	return b
}
