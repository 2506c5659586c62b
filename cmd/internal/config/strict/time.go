package strict

import (
	"fmt"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// decoding refuses what the library would let pass: keys that are unknown, and text
// that is no time, which it reads as the year 1.
var decoding = []yaml.DecodeOption{yaml.Strict(), yaml.CustomUnmarshaler(readTime)}

// timeLayouts are the ways in which YAML writes a time.
var timeLayouts = []string{time.RFC3339Nano, "2006-1-2 15:4:5.999999999", "2006-1-2"}

func readTime(out *time.Time, data []byte) error {
	text := strings.Trim(strings.TrimSpace(string(data)), `"'`)
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			*out = t
			return nil
		}
	}
	return fmt.Errorf("%q is not a time: write one such as 2026-01-01T00:00:00Z", text)
}
