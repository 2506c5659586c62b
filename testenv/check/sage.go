package check

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/mage2sage/mage2sage/schemas/money"
)

// A Document is one thing that the simulator holds.
type Document struct {
	ID          string       `json:"id"`
	Kind        string       `json:"kind"` // invoice credit_note payment refund allocation contact
	Number      string       `json:"number"`
	Reference   string       `json:"reference"`
	Date        string       `json:"date"`
	Currency    string       `json:"currency"`
	Net         money.Amount `json:"net"`
	Tax         money.Amount `json:"tax"`
	Total       money.Amount `json:"total"`
	Outstanding money.Amount `json:"outstanding"`
	Status      string       `json:"status"`
	Contact     string       `json:"contact"` // reference
	ContactName string       `json:"contact_name"`
	Sequence    int          `json:"sequence"` // of posting
}

// Documents asks a simulator what it received.
func Documents(ctx context.Context, sage string) ([]Document, error) {
	var all []Document
	return all, get(ctx, sage+"/_sim/documents", &all)
}

// Writes asks a simulator how many changing calls it has accepted so far.
func Writes(ctx context.Context, sage string) (int, error) {
	var calls struct {
		Writes int `json:"writes"`
	}
	return calls.Writes, get(ctx, sage+"/_sim/calls", &calls)
}

func get(ctx context.Context, url string, out any) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask the simulator: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("ask the simulator: %s answered %s", url, res.Status)
	}
	if err := json.NewDecoder(res.Body).Decode(out); err != nil {
		return fmt.Errorf("ask the simulator: read %s: %w", url, err)
	}
	return nil
}
