package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/sr/srfake"

	"github.com/mage2sage/mage2sage/schemas/finding"
)

func TestDoctorLooksAtTheSchemaRegistryOfTransform(t *testing.T) {
	server := srfake.New()
	defer server.Close()
	for name, c := range map[string]struct {
		url, process string
		want         []finding.State
		says         string
	}{
		"it is there":         {server.URL(), "transform", []finding.State{finding.Pass, finding.Pass}, "mage2sage.canonical.invoice-value"},
		"nobody is there":     {"http://127.0.0.1:1", "transform", []finding.State{finding.Fail}, "kafka.schema_registry.url"},
		"it is not asked for": {"", "transform", nil, ""},
		"the sink needs none": {server.URL(), "sink", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, file := ofThree(t, fmt.Sprintf(", schema_registry: {url: %q}", c.url))
			var states []finding.State
			var said string
			for _, check := range []string{"reachable", "schemas"} {
				_, all := diagnosed(t, check, "-c", file, "--for", c.process)
				for _, d := range all {
					if d.Part == "registry" {
						states, said = append(states, d.State), said+d.String()
					}
				}
			}
			if fmt.Sprint(states) != fmt.Sprint(c.want) || !strings.Contains(said, c.says) {
				t.Errorf("it finds %v: %s", states, said)
			}
		})
	}
	if server.SubjectExists("mage2sage.canonical.invoice-value") {
		t.Error("doctor has registered a schema")
	}
}
