package view

import (
	"time"

	"github.com/mage2sage/mage2sage/sink/work"
)

// HeldLine says what a person holds, since when, why, and what lets it go.
func HeldLine(h work.Hold) string {
	line, command := "all deliveries are held", "mage2sage sink release"
	if h.Binding != "" {
		line, command = "deliveries of binding "+h.Binding+" are held", command+" --binding "+h.Binding
	}
	line += " since " + h.Since.UTC().Format(time.RFC3339) + " by " + h.By
	if h.Note != "" {
		line += " (" + h.Note + ")"
	}
	return line + ": " + command + " lets them go"
}
