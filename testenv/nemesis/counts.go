package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// counts say how often each thing was done.
type counts struct {
	mutex sync.Mutex
	of    map[string]int
}

func (c *counts) add(what string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.of == nil {
		c.of = map[string]int{}
	}
	c.of[what]++
}

func (c *counts) get(what string) int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.of[what]
}

func (c *counts) String() string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var all []string
	for _, what := range slices.Sorted(maps.Keys(c.of)) {
		all = append(all, fmt.Sprintf("%d × %s", c.of[what], what))
	}
	return strings.Join(all, ", ")
}
