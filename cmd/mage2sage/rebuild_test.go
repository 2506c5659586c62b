package main

import (
	"context"
	"strings"
	"testing"
	"time"
)

func TestARebuildBeforeAnythingWasCapturedSaysSo(t *testing.T) {
	_, file := ofThree(t, "")
	t.Chdir(t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	code, said := exitOf(t, ctx, "--config", file, "transform", "rebuild")
	if code != exitPerson || !strings.Contains(said, "nothing was captured of source shop yet") || strings.Contains(said, "another transform") {
		t.Errorf("it ends with %d, want %d and the cause:\n%s", code, exitPerson, said)
	}
}
