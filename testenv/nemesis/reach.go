package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/mage2sage/mage2sage/testenv/sagesim/simulator"
	"github.com/mage2sage/mage2sage/testenv/start/servers"
)

// outOfReach is how long a server answers nothing, with its connections left open, as when a
// network is cut.
const outOfReach = 15 * time.Second

// freeze stops a server's processes in their sleep and lets them go on.
func (i *installation) freeze(name string, server *servers.Process, d time.Duration) bool {
	i.taken.Lock()
	defer i.taken.Unlock()
	pids := family(server.PID())
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGSTOP)
	}
	time.Sleep(d)
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGCONT)
	}
	i.counts.add(name + " out of reach")
	return len(pids) > 0
}

// family is a process with those that it has started.
func family(parent int) []int {
	all := []int{parent}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range stats {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		_, after, _ := strings.Cut(string(text), ") ") // a name may have spaces
		fields := strings.Fields(after)
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err == nil && len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			all = append(all, pid)
		}
	}
	return all
}

// sageOutOfReach loses every call for a while, before it has an effect.
func (i *installation) sageOutOfReach(ctx context.Context) bool {
	i.counts.add("Sage out of reach")
	i.sim.Fault(simulator.Fault{Path: "/", Mode: "drop_before", Count: -1})
	select {
	case <-ctx.Done():
	case <-time.After(outOfReach):
	}
	i.sim.ClearFaults()
	return true
}

// lockPeriod has Sage refuse every document for a while, as its period is locked; a person has
// them made once more.
func (i *installation) lockPeriod(ctx context.Context) bool {
	if err := i.lockUntil(ctx, "2099-12-31"); err != nil {
		say("lock a period: %v", err)
		return false
	}
	i.counts.add("a period locked")
	time.Sleep(whileUnmapped)
	if err := i.lockUntil(ctx, ""); err != nil {
		say("unlock a period: %v", err)
		return false
	}
	return true
}

// lockUntil is the owner of the books, who says up to which date they are closed.
func (i *installation) lockUntil(ctx context.Context, date string) error {
	body := strings.NewReader(`{"financial_settings":{"year_end_lockdown_date":` + strconv.Quote(date) + `}}`)
	var last error
	for range 20 { // a fault may meet this call too
		req, err := http.NewRequestWithContext(ctx, http.MethodPut, "http://"+i.address+"/v3.1/financial_settings", body)
		if err != nil {
			return err
		}
		req.Header.Set("Authorization", "Bearer "+i.sim.Grant().Access)
		req.Header.Set("Content-Type", "application/json")
		res, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
			err = fmt.Errorf("answered %d", res.StatusCode)
		}
		last = err
		_, _ = body.Seek(0, 0)
		time.Sleep(200 * time.Millisecond)
	}
	return last
}
