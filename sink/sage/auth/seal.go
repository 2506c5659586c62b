package auth

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/mage2sage/mage2sage/schemas/secret"
)

// Key is 32 random bytes in base64 or hex: openssl rand -base64 32.
type Key struct {
	ID  string        `yaml:"id"`
	Key secret.String `yaml:"key"`
}

// A Keyring seals and opens secrets that lie in the database. A sealed text is
//
//	version 1 | length of key id | key id | sealed data key (60 bytes) | sealed text
//
// Each text is encrypted under a data key of its own (AES-256-GCM), each data key
// under a key of the ring. Its SealContext is the additional data of both, so that a
// text that was moved to another row or column does not open.
type Keyring struct {
	primary string
	keys    map[string]cipher.AEAD
}

const (
	sealVersion   = 1
	keyBytes      = 32
	sealedKeySize = 12 + keyBytes + 16 // nonce, key, tag
)

// NewKeyring makes a ring of keys. The first one seals, all open: to change the key,
// put a new one in front, seal everything anew, and take the old one out.
func NewKeyring(keys []Key) (*Keyring, error) {
	if len(keys) == 0 {
		return nil, errors.New("sage.encryption_keys is empty: add [{id: k1, key: …}] with a key from `openssl rand -base64 32`")
	}
	ring := &Keyring{primary: keys[0].ID, keys: map[string]cipher.AEAD{}}
	for _, k := range keys {
		raw, err := keyOf(k.Key)
		if err != nil || k.ID == "" || len(k.ID) > 255 {
			return nil, fmt.Errorf("sage.encryption_keys %q: it needs an id and 32 bytes in base64 or hex: `openssl rand -base64 32` makes them", k.ID)
		}
		if ring.keys[k.ID] != nil {
			return nil, fmt.Errorf("sage.encryption_keys has the id %q twice: give each key an id of its own, as a sealed token names its key by it", k.ID)
		}
		if ring.keys[k.ID], err = aead(raw); err != nil {
			return nil, err
		}
	}
	return ring, nil
}

// Primary is the id of the key that seals.
func (r *Keyring) Primary() string { return r.primary }

// KeyOf returns the id of the key that a text was sealed with, and "" for bytes that Seal
// did not make. It needs no key.
func KeyOf(sealed []byte) string {
	if len(sealed) < 2 || sealed[0] != sealVersion || len(sealed) < 2+int(sealed[1])+sealedKeySize {
		return ""
	}
	return string(sealed[2 : 2+int(sealed[1])]) // as a byte, 2+254 would be 0
}

// keyOf reads 32 bytes that are written in hex, in base64, or as they are.
func keyOf(s secret.String) ([]byte, error) {
	if len(s.Reveal()) == keyBytes {
		return []byte(s.Reveal()), nil
	}
	if raw, err := hex.DecodeString(s.Reveal()); err == nil && len(raw) == keyBytes {
		return raw, nil
	}
	for _, enc := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		if raw, err := enc.DecodeString(s.Reveal()); err == nil && len(raw) == keyBytes {
			return raw, nil
		}
	}
	return nil, errors.New("not 32 bytes")
}

func aead(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// A SealContext is the place that a sealed text belongs to. It is authenticated, not
// stored (the additional data, AAD, of AES-GCM).
type SealContext struct{ Table, Binding, Business, Column string }

// additionalData quotes each part, so that no two places have the same bytes.
func (s SealContext) additionalData(key string) []byte {
	return fmt.Appendf(nil, "%q|%q|%q|%q|%q", s.Table, s.Binding, s.Business, s.Column, key)
}

// Seal encrypts a secret for one context.
func (r *Keyring) Seal(s secret.String, at SealContext) ([]byte, error) {
	dataKey := make([]byte, keyBytes)
	if _, err := rand.Read(dataKey); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	inner, err := aead(dataKey)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	data := at.additionalData(r.primary)
	out := append([]byte{sealVersion, byte(len(r.primary))}, r.primary...)
	out = r.keys[r.primary].Seal(out, nil, dataKey, data)
	return inner.Seal(out, nil, []byte(s.Reveal()), data), nil
}

// A KeyError is returned by Open where a person has to see to the keys, or to the binding
// whose secret it is.
type KeyError struct{ Binding, Problem, Hint string }

func (e *KeyError) Error() string {
	return "tokens of binding " + e.Binding + ": " + e.Problem + ": " + e.Hint
}

func keyError(at SealContext, problem, first string) error {
	return &KeyError{at.Binding, "they cannot be read: " + problem, first + "mage2sage connect --binding " + at.Binding}
}

// Open decrypts what Seal made for the same context. It returns a KeyError where it cannot.
func (r *Keyring) Open(sealed []byte, at SealContext) (secret.String, error) {
	id := KeyOf(sealed)
	if id == "" {
		return "", keyError(at, "they were not sealed by mage2sage", "")
	}
	rest := sealed[2+len(id):]
	outer, ok := r.keys[id]
	if !ok {
		return "", keyError(at, fmt.Sprintf("key %q is not in sage.encryption_keys", id), "add it there after the first, or type ")
	}
	data := at.additionalData(id)
	dataKey, err := outer.Open(nil, nil, bytes.Clone(rest[:sealedKeySize]), data)
	if err != nil {
		return "", keyError(at, fmt.Sprintf("key %q of sage.encryption_keys is another one than they were sealed with, or the row was moved", id), "put the old key back, or type ")
	}
	inner, err := aead(dataKey)
	if err != nil {
		return "", fmt.Errorf("open: %w", err)
	}
	text, err := inner.Open(nil, nil, rest[sealedKeySize:], data)
	if err != nil {
		return "", keyError(at, "the sealed text was changed", "")
	}
	return secret.String(text), nil
}
