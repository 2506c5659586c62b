package policy

// Dates are knobs about dates and states of documents. Refused in this version.
type Dates struct {
	InitialStatus string `yaml:"initial_status,omitempty" json:"initial_status,omitempty"`
	DueDays       *int   `yaml:"due_days,omitempty" json:"due_days,omitempty"`
	ShippingPanel bool   `yaml:"shipping_panel,omitempty" json:"shipping_panel,omitempty"`
	// ClosedPeriod may be park, which is what this version does.
	ClosedPeriod string `yaml:"closed_period,omitempty" json:"closed_period,omitempty"`
}

func (Dates) check() []fault { return nil }

func (d Dates) later() []knob {
	return []knob{
		{"initial_status", d.InitialStatus != ""},
		{"due_days", d.DueDays != nil},
		{"shipping_panel", d.ShippingPanel},
		{"closed_period", d.ClosedPeriod != "" && d.ClosedPeriod != "park"},
	}
}

func (Dates) references() []Reference { return nil }
