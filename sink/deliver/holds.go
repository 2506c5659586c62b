package deliver

import (
	"slices"
	"time"

	"github.com/mage2sage/mage2sage/sink/sage"
	"github.com/mage2sage/mage2sage/sink/work"
)

// allClasses stands for the calls of every class.
const allClasses sage.Class = ""

// holds says until when which calls of a business are not made. A class that fails leaves
// the others alone: what needs the answer of a call is planned once that is there.
type holds map[string]map[sage.Class]time.Time

func (h *holds) add(business string, class sage.Class, wait time.Duration) {
	if *h == nil {
		*h = holds{}
	}
	if (*h)[business] == nil {
		(*h)[business] = map[sage.Class]time.Time{}
	}
	(*h)[business][class] = time.Now().Add(wait)
}

func (h holds) has(business string, class sage.Class) bool {
	return time.Now().Before(h[business][class])
}

// kinds lists what is held back of single classes, in a fixed order.
func (h holds) kinds(business string) (held []work.OperationKind) {
	for class := range h[business] {
		if h.has(business, class) {
			held = append(held, kindsOf(class)...)
		}
	}
	slices.Sort(held)
	return held
}

func (h holds) end(business string) { delete(h, business) }

// kindsOf lists the kinds whose calls are of a class.
func kindsOf(class sage.Class) (kinds []work.OperationKind) {
	for _, info := range work.Kinds() {
		if sage.Class(info.Class) == class || class == sage.Others && info.Urgency() != work.ForDocuments {
			kinds = append(kinds, info.Kind)
		}
	}
	return kinds
}
