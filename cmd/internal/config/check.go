package config

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/mage2sage/mage2sage/cmd/internal/config/strict"
)

// Check returns everything that is wrong with a file for commands that use some parts, in
// the order of its lines: what cannot be read, what does not fit, what is missing and what
// others may read. It returns nil for a file that is well.
func Check(file string, parts ...Part) (all strict.Mistakes) {
	data, err := os.ReadFile(file)
	if err != nil {
		return strict.Mistakes{missing(file, err)}
	}
	c := Default()
	c.file = file
	if err := strict.Decode(file, data, &c); err != nil {
		all = err.(strict.Mistakes) // Decode has no other errors
	}
	unread := slices.Clone(all)
	for _, err := range flat(append(c.common(), c.parts(parts...)...)) {
		key := keyIn(err)
		if !restsOn(unread, err) {
			all = append(all, &strict.Error{File: file, Line: strict.LineOf(data, key), Key: key, Text: err.Error()})
		}
	}
	if c.Exposed() {
		all = append(all, &strict.Error{File: file, Text: fmt.Sprintf("it holds secrets and others may read it: chmod 600 %q", file)})
	}
	all.Sort()
	return all
}

// flat takes joined errors apart.
func flat(errs []error) (all []error) {
	for _, err := range errs {
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			all = append(all, flat(joined.Unwrap())...)
		} else if err != nil {
			all = append(all, err)
		}
	}
	return all
}

// leading is the key that every refusal of a part begins with.
var leading = regexp.MustCompile(`^[a-z_]+(\.[a-z_]+)*`)

func keyIn(refusal error) string { return leading.FindString(refusal.Error()) }

// named is a key anywhere in a refusal.
var named = regexp.MustCompile(`[a-z_]+(\.[a-z_]+)+`)

// restsOn reports whether a refusal is about a key that could not be read, or names one
// beside it: that has its default then, and what is refused for it is no mistake of the
// file's.
func restsOn(unread strict.Mistakes, refusal error) bool {
	return isOf(unread, keyIn(refusal)) || slices.ContainsFunc(named.FindAllString(refusal.Error(), -1), func(key string) bool { return isOf(unread, key) })
}

// isOf reports whether a key's value could not be read.
func isOf(unread strict.Mistakes, key string) bool {
	return slices.ContainsFunc(unread, func(e *strict.Error) bool {
		return e.Key == "" || e.Key == key || strings.HasPrefix(key, e.Key+".") || strings.HasPrefix(e.Key, key+".") || strings.HasPrefix(e.Key, key+"[")
	})
}
