package canonical

import "embed"

//go:embed *.schema.json
var schemas embed.FS

// Schema returns the JSON Schema (2020-12) of a kind of entity, nil for an unknown
// kind.
func Schema(k Kind) []byte {
	b, err := schemas.ReadFile(string(k) + ".schema.json")
	if err != nil {
		return nil
	}
	return b
}
