package topic

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/mage2sage/mage2sage/schemas/change"
)

// Orders are what people have told transform to do with the topics of a source: to write
// records again, by the request's id and with the answers of each partition, and to pass over
// records.
type Orders struct {
	Replays  map[string]change.ReplayRequest
	Answered map[string]map[int]change.ReplayAnswer
	Skips    map[Coordinates]change.Skip
}

// Open lists the replays that a partition has not answered, in the order in which they were
// asked for.
func (o Orders) Open(partition int) (all []change.ReplayRequest) {
	for id, r := range o.Replays {
		if r.Of(partition) && !o.Answered[id][partition].Done {
			all = append(all, r)
		}
	}
	slices.SortFunc(all, func(a, b change.ReplayRequest) int {
		return cmp.Or(cmp.Compare(a.AtMS, b.AtMS), cmp.Compare(a.ID, b.ID))
	})
	return all
}

// isOrder reports whether a record of the offsets topic is one of Orders.
func isOrder(key change.SourceKey) bool { return key.Replay != "" || key.Skip != "" }

// take applies a record of the offsets topic. What does not decode orders nothing.
func (o *Orders) take(key change.SourceKey, r Record) {
	if o.Replays == nil {
		o.Replays, o.Answered, o.Skips = map[string]change.ReplayRequest{}, map[string]map[int]change.ReplayAnswer{}, map[Coordinates]change.Skip{}
	}
	switch {
	case key.Skip != "":
		o.takeSkip(key, r)
	case key.Part != "":
		o.takeAnswer(key, r)
	default:
		var request change.ReplayRequest
		if delete(o.Replays, key.Replay); json.Unmarshal(r.Value, &request) == nil {
			request.ID = key.Replay
			o.Replays[key.Replay] = request
		}
	}
}

func (o *Orders) takeAnswer(key change.SourceKey, r Record) {
	partition, err := strconv.Atoi(key.Part)
	if err != nil {
		return
	}
	all := maps.Clone(o.Answered[key.Replay]) // a reader may have the map
	if all == nil {
		all = map[int]change.ReplayAnswer{}
	}
	var answer change.ReplayAnswer
	if delete(all, partition); json.Unmarshal(r.Value, &answer) == nil {
		all[partition] = answer
	}
	if o.Answered[key.Replay] = all; len(all) == 0 {
		delete(o.Answered, key.Replay)
	}
}

// takeSkip takes the first decision about a record, so that of two people who decide at one moment
// one has decided, and stays the one that is told of it.
func (o *Orders) takeSkip(key change.SourceKey, r Record) {
	at, err := ParseCoordinates(key.Skip)
	if err != nil {
		return
	}
	if r.Value == nil {
		delete(o.Skips, at)
		return
	}
	var skip change.Skip
	if _, decided := o.Skips[at]; !decided && json.Unmarshal(r.Value, &skip) == nil {
		o.Skips[at] = skip
	}
}

// An OrderReader follows the orders of a source.
type OrderReader struct {
	Client   *Client
	Names    Names
	Source   string
	Pipeline string // whose records count

	next    int64
	all     Orders
	changed bool // since they were returned
}

// Read reads on to the present end of the offsets topic. It returns the orders so far, which
// stay as they are, and whether they are others than those that were returned before; if not,
// none.
func (r *OrderReader) Read(ctx context.Context) (all Orders, changed bool, err error) {
	starts, ends, err := r.Client.Ranges(ctx, r.Names.Offsets(), 1)
	if err != nil {
		return all, false, err
	}
	if r.next > ends[0] {
		r.next = 0 // the topic was made anew, or has lost its end
	}
	r.next, err = r.Client.ReadTo(ctx, r.Names.Offsets(), 0, max(r.next, starts[0]), ends[0], func(record Record) error {
		var key change.SourceKey
		if json.Unmarshal(record.Key, &key) == nil && key.Source == r.Source && isOrder(key) && record.Header(change.HeaderPipeline) == r.Pipeline {
			r.all.take(key, record)
			r.changed = true
		}
		return nil
	})
	if err != nil || !r.changed {
		return all, false, err
	}
	r.changed = false
	return Orders{maps.Clone(r.all.Replays), maps.Clone(r.all.Answered), maps.Clone(r.all.Skips)}, true, nil
}

// ReplayRecord is the record of the offsets topic that asks for a replay.
func ReplayRecord(source string, request change.ReplayRequest) (Record, error) {
	return stateRecord(change.SourceKey{Source: source, Replay: request.ID}, request)
}

// ReplayAnswerRecord is the record of the offsets topic by which a partition answers one.
func ReplayAnswerRecord(source, id string, partition int, answer change.ReplayAnswer) (Record, error) {
	return stateRecord(change.SourceKey{Source: source, Replay: id, Part: strconv.Itoa(partition)}, answer)
}

// ForgetReplay are the records by which compaction drops a replay and its answers.
func (o Orders) ForgetReplay(source, id string) (all []Record, err error) {
	keys := []change.SourceKey{{Source: source, Replay: id}}
	for partition := range o.Answered[id] {
		keys = append(keys, change.SourceKey{Source: source, Replay: id, Part: strconv.Itoa(partition)})
	}
	for _, key := range keys {
		r, err := stateRecord(key, nil)
		if err != nil {
			return nil, err
		}
		r.Value = nil
		all = append(all, r)
	}
	return all, nil
}

// SkipRecord is the record of the offsets topic by which transform passes over a record.
func SkipRecord(source string, at Coordinates, skip change.Skip) (Record, error) {
	return stateRecord(change.SourceKey{Source: source, Skip: at.String()}, skip)
}
