package policy

// Totals says what happens where a document does not add up.
type Totals struct {
	// Rounding says what happens to a penny that the parts lack: line or park.
	Rounding string `yaml:"rounding" json:"rounding"`
}

func defaultTotals() Totals { return Totals{Rounding: "line"} }

// RoundingLine reports whether a missing penny becomes a visible line.
func (t Totals) RoundingLine() bool { return t.Rounding == "line" }

func (t Totals) check() []fault {
	var f faults
	f.when(t.Rounding != "line" && t.Rounding != "park", "rounding is %q: write line or park", t.Rounding)
	return f
}

func (Totals) later() []knob           { return nil }
func (Totals) references() []Reference { return nil }
