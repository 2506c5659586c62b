package work

import "encoding/json"

// MoneyDigest is a document's digest in the form of an operation's SentDigests.
func MoneyDigest(digest string) json.RawMessage {
	text, _ := json.Marshal(map[string]string{moneyKey: digest}) // a map of strings always encodes
	return text
}

// MoneyDigestOf is the digest that MoneyDigest was given; "" where there is none.
func MoneyDigestOf(digests json.RawMessage) string {
	var all map[string]string
	if json.Unmarshal(digests, &all) != nil {
		return ""
	}
	return all[moneyKey]
}

const moneyKey = "money"

// ErasedDigest stands in the place of the digest of an e-mail address whose owner's data was erased.
const ErasedDigest = "erased"
