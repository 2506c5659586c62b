package capture

import (
	"bytes"
	"context"

	"github.com/mage2sage/mage2sage/capture/binlog"
	"github.com/mage2sage/mage2sage/capture/row"
	"github.com/mage2sage/mage2sage/schemas/change"
	"github.com/mage2sage/mage2sage/schemas/magento"
	"github.com/mage2sage/mage2sage/schemas/topic"
)

// A side is the row before or after a change, as far as it is to be published.
type side struct {
	img  *row.Image
	root change.Root
}

// change collects the records of one changed row. A row that got another key or
// another root is deleted where it was and created where it is.
func (p *pump) change(ctx context.Context, t magento.Table, c binlog.Change) error {
	before, err := p.side(ctx, t, c.Before)
	if err != nil {
		return err
	}
	after, err := p.side(ctx, t, c.After)
	if err != nil {
		return err
	}
	switch {
	case before.img != nil && after.img != nil && before.root == after.root && bytes.Equal(before.img.Key, after.img.Key):
		p.row(t, change.Update, before.img, after)
	case before.img != nil || after.img != nil:
		if before.img != nil {
			p.delete(t, before)
		}
		if after.img != nil {
			p.row(t, change.Create, nil, after)
		}
	}
	return nil
}

// side looks at one image: the window and the caches learn from it, filters and
// roots decide whether it is published. The zero side is not.
func (p *pump) side(ctx context.Context, t magento.Table, img *row.Image) (side, error) {
	if img == nil {
		return side{}, nil
	}
	p.window.touch(t, img)
	p.roots.learn(t, img)
	p.filter.learn(t, img)
	passes, err := p.filter.passes(ctx, t, img)
	if err != nil || !passes {
		return side{}, err
	}
	root, ok, err := p.roots.of(ctx, t, img)
	if err != nil {
		return side{}, err
	}
	if !ok {
		p.metrics.orphans.Inc()
		return side{}, nil
	}
	return side{img, root}, nil
}

// row collects a record with an after image.
func (p *pump) row(t magento.Table, op change.Op, before *row.Image, after side) {
	size := len(after.img.JSON) + 512
	if before != nil {
		size += len(before.JSON)
	}
	p.collect(t.Domain, after.root, topic.Record{
		Key:     after.img.Key,
		Value:   appendEnvelope(make([]byte, 0, size), op, before, after.img, &p.origin),
		Headers: rowHeaders(p.version, after.root),
	})
	p.origin.row++
}

// delete collects a delete and its tombstone.
func (p *pump) delete(t magento.Table, before side) {
	headers := rowHeaders(p.version, before.root)
	p.collect(t.Domain, before.root, topic.Record{
		Key:     before.img.Key,
		Value:   appendEnvelope(make([]byte, 0, len(before.img.JSON)+512), change.Delete, before.img, nil, &p.origin),
		Headers: headers,
	})
	p.collect(t.Domain, before.root, topic.Record{Key: before.img.Key, Headers: headers})
	p.origin.row++
}
