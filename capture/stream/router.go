package stream

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
)

// A Lookup asks the shop for what the log has not shown. Each answer is remembered,
// so that it is asked once.
type Lookup interface {
	// RootOfParent is the aggregate's id in a row of a parent table; ok is false where
	// there is none.
	RootOfParent(ctx context.Context, rule magento.RootRule, id uint64) (root uint64, ok bool, err error)
	// AttributeCode is the code of an attribute by the JSON of its id; ok is false
	// where there is none.
	AttributeCode(ctx context.Context, id string) (code string, ok bool, err error)
}

// A router decides of each row whether it leaves, and for which aggregate.
type router struct {
	filter     *filter
	aggregates *aggregates
	orphans    prometheus.Counter
}

func newRouter(lookup Lookup, attributes map[string][]string, carts *cartList, orphans prometheus.Counter) (*router, error) {
	aggregates, err := newAggregates(lookup)
	if err != nil {
		return nil, err
	}
	return &router{newFilter(lookup, attributes, carts), aggregates, orphans}, nil
}

// A publishable is a row that may leave and the root of its aggregate. The zero value
// is a row that stays.
type publishable struct {
	img    *row.Image
	root   change.Root
	orphan bool // it stays because its parent is gone
}

// route decides about a row. Filter and aggregates learn from it first. A row that the
// filter keeps is never a parent of others, so aggregates miss nothing.
func (r *router) route(ctx context.Context, t magento.Table, img *row.Image) (publishable, error) {
	passes, err := r.filter.passes(ctx, t, img)
	if err != nil || !passes {
		return publishable{}, err
	}
	root, ok, err := r.aggregates.rootOf(ctx, t, img)
	if err != nil {
		return publishable{}, err
	}
	if !ok {
		r.orphans.Inc()
		return publishable{orphan: true}, nil
	}
	return publishable{img: img, root: root}, nil
}
