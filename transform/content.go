package transform

import (
	"crypto/sha256"
	"fmt"

	"github.com/segmentio/encoding/json"

	"github.com/mage2sage/mage2sage/schemas/canonical"
)

// hashing names how contents are hashed. Hashes that were made in another way say nothing, and
// what was emitted is then read from the canonical topics again.
const hashing = "json, amounts reduced, sha256"

// contentHash identifies what an entity says.
func contentHash(e canonical.Entity) ([sha256.Size]byte, error) {
	text, err := contentOf(e)
	return sha256.Sum256(text), err
}

// contentOf is what an entity says, as JSON. Amounts are numbers in it: Magento writes NULL as
// 0.0000 when it saves a row again, and nobody has to hear of that.
func contentOf(e canonical.Entity) ([]byte, error) {
	text, err := json.Marshal(canonical.ReduceAmounts(e.Content()))
	if err != nil {
		return nil, fmt.Errorf("encode content of %s: %w", e.ID(), err)
	}
	return text, nil
}
